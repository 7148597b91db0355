/**
 * `npm test`: starts a PostgreSQL, runs every test on it and on SQLite, then checks the plans of all statements that the
 * tests have sent. Arguments: files to run instead of all, without that check.
 */
import { spawn } from 'node:child_process'
import { globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from './postgres-server.ts'

const own = process.env['TEST_DATABASE_URL'] === undefined
const postgres = own ? await startPostgres() : undefined
const chosen = process.argv.slice(2)
const statements = mkdtempSync(join(tmpdir(), 'roster-statements-'))
const all = () =>
  globSync(['server/**/*.test.ts', 'sdk/**/*.test.ts', 'console/**/*.test.ts', 'docs/**/*.test.ts'], {
    exclude: (name) => name === 'node_modules',
  }).sort()

const run = (files: readonly string[]): Promise<number> => {
  const child = spawn(
    process.execPath,
    ['--test', '--test-concurrency=2', '--test-timeout=300000', ...files],
    {
      stdio: 'inherit',
      env: {
        ...process.env,
        TEST_DATABASE_URL: postgres?.url ?? process.env['TEST_DATABASE_URL'],
        ...(chosen.length === 0 && { TEST_STATEMENTS: statements }),
      },
    },
  )
  return new Promise((resolve) => child.on('exit', (exit) => resolve(exit ?? 1)))
}

const ofTests = await run(chosen.length > 0 ? chosen : all())
const ofPlans = chosen.length > 0 ? 0 : await run(['server/test/plans/every-statement.ts'])
rmSync(statements, { recursive: true })
await postgres?.stop()
process.exit(ofTests || ofPlans)
