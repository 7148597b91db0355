/** `npm test`: starts a PostgreSQL, then runs every test on it and on SQLite. Arguments: files to run instead of all. */
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { startPostgres } from './postgres-server.ts'

const own = process.env['TEST_DATABASE_URL'] === undefined
const postgres = own ? await startPostgres() : undefined
const chosen = process.argv.slice(2)
const files =
  chosen.length > 0
    ? chosen
    : globSync(['server/**/*.test.ts', 'sdk/**/*.test.ts', 'console/**/*.test.ts', 'docs/**/*.test.ts'], {
        exclude: (name) => name === 'node_modules',
      }).sort()
const args = ['--test', '--test-concurrency=2', '--test-timeout=300000', ...files]
const env = { ...process.env, TEST_DATABASE_URL: postgres?.url ?? process.env['TEST_DATABASE_URL'] }
const child = spawn(process.execPath, args, { stdio: 'inherit', env })
const code = await new Promise<number>((resolve) => child.on('exit', (exit) => resolve(exit ?? 1)))
await postgres?.stop()
process.exit(code)
