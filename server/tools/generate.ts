/**
 * Writes the files that are made from the code: `docs/configuration.md`, `docs/maintaining/routes.md`, `docs/schema.sql`, the list of
 * migrations, `sdk/openapi.json` and `sdk/src/types.ts`. With `--check` it writes nothing and fails when one of them is not what it would write.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { configurationPage } from './configuration-page.ts'
import { migrationsIndex } from './migrations-index.ts'
import { openapiText } from './openapi-text.ts'
import { routesPage } from './routes-page.ts'
import { schemaText } from './schema-text.ts'

const root = new URL('../..', import.meta.url).pathname
const checkOnly = process.argv.includes('--check')

const migrations = 'server/src/database/migrations/index.ts'
const openapi = await openapiText()
const files: Record<string, string> = {
  'docs/configuration.md': configurationPage(),
  'docs/maintaining/routes.md': await routesPage(),
  'docs/schema.sql': await schemaText(),
  [migrations]: migrationsIndex(),
  'sdk/openapi.json': openapi,
  'sdk/src/types.ts': typesOf(openapi),
}

const stale: string[] = []
for (const [file, content] of Object.entries(files)) {
  const path = join(root, file)
  if (checkOnly && content !== read(path)) stale.push(file)
  if (!checkOnly) writeFileSync(path, content)
}
if (stale.length > 0) {
  console.error(`Not what the code says: ${stale.join(', ')}. Run "npm run generate" and commit the result.`)
  process.exitCode = 1
} else {
  console.log(`${Object.keys(files).length} generated files ${checkOnly ? 'are up to date' : 'written'}`)
}

function typesOf(document: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'roster-types-'))
  try {
    writeFileSync(join(folder, 'openapi.json'), document)
    const bin = join(root, 'node_modules/openapi-typescript/bin/cli.js')
    const cli = read(bin) === '' ? join(root, 'sdk/node_modules/openapi-typescript/bin/cli.js') : bin
    // A member with a default may be left out of a request.
    const options = ['--output', 'types.ts', '--default-non-nullable', 'false']
    execFileSync(process.execPath, [cli, 'openapi.json', ...options], {
      cwd: folder,
      stdio: 'ignore',
    })
    return readFileSync(join(folder, 'types.ts'), 'utf8')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
