import { createRoster } from '../src/app.ts'
import { readConfig } from '../src/config.ts'
import { openapiDocument } from '../src/http/openapi/openapi.ts'
import { createLog } from '../src/log/log.ts'
import { version } from '../src/runtime/version.ts'

/** The OpenAPI document of a service with default settings. */
export async function openapiText(): Promise<string> {
  const config = readConfig({ DATABASE_URL: 'sqlite::memory:' })
  const roster = createRoster(config, createLog('silent'))
  await roster.app.ready()
  const document = openapiDocument(roster.app, { ...config, version })
  await roster.database.close()
  return `${JSON.stringify(document, null, 2)}\n`
}
