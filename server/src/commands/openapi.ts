import { createRoster } from '../app.ts'
import { readConfig } from '../config.ts'
import { openapiDocument } from '../http/openapi/openapi.ts'
import { createLog } from '../log/log.ts'
import { version } from '../runtime/version.ts'
import type { Command } from './command.ts'

export const openapi: Command = {
  name: 'openapi',
  about: 'Print the OpenAPI document',
  examples: ['> openapi.json'],
  async run() {
    const config = readConfig({ DATABASE_URL: 'sqlite::memory:' })
    const roster = createRoster(config, createLog('silent'))
    await roster.app.ready()
    console.log(JSON.stringify(openapiDocument(roster.app, { ...config, version }), null, 2))
    await roster.database.close()
    return 0
  },
}
