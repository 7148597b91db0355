/**
 * `npm test`: starts a PostgreSQL, runs every test on it and on SQLite, then checks the plans of all statements that the
 * tests have sent. Arguments: files to run instead of all, without that check; `--quick` runs on SQLite alone and leaves
 * out the folders that start browsers, clusters or whole programs; `--timing` runs what measures time, one file at a time;
 * `--properties` runs the files with property tests, with a random seed and ten times as many runs; `--patient` lets a test
 * take an hour.
 */
import { spawn, spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { startPostgres } from './postgres-server.ts'

const named = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const isQuick = process.argv.includes('--quick')
const isTiming = process.argv.includes('--timing')
const isProperties = process.argv.includes('--properties')
const isPatient = isProperties || process.argv.includes('--patient')
const isWhole = named.length === 0 && !isQuick && !isTiming && !isProperties

/** Folders and files whose tests start browsers, databases, mail servers or whole programs. */
const slow =
  /\/(browser|cases|commands|docs|faults|gateways|idempotency|judges|mail|postgres|reliability|scim|transfer|webhooks)\/|\/(dialects|filter-properties|cursor-\w+|hostile-requests|links|imported-passwords)\.test\.ts$/

// Without its build, the service answers its pages with 503.
const build = spawnSync(process.execPath, ['console/tools/ensure-built.js'], { stdio: 'inherit' })
if (build.status !== 0) process.exit(1)

const own = process.env['TEST_DATABASE_URL'] === undefined && !isQuick
const postgres = own ? await startPostgres() : undefined
const statements = mkdtempSync(join(tmpdir(), 'roster-statements-'))

function files(): string[] {
  if (named.length > 0) return named
  if (isTiming) return globSync('server/test/timing/*.timing.ts').sort()
  const all = globSync(
    ['server/**/*.test.ts', 'sdk/**/*.test.ts', 'console/**/*.test.ts', 'docs/**/*.test.ts'],
    { exclude: (name) => name === 'node_modules' },
  ).sort()
  if (isProperties) return all.filter((file) => readFileSync(file, 'utf8').includes('/properties.ts'))
  return isQuick
    ? all.filter(
        (file) => file.startsWith('server/') && !(file.startsWith('server/test/') && slow.test(file)),
      )
    : all
}

const run = (chosen: readonly string[]): Promise<number> => {
  const child = spawn(
    process.execPath,
    [
      '--test',
      `--test-concurrency=${isTiming ? 1 : 3}`,
      `--test-timeout=${isPatient ? 3_600_000 : 300_000}`,
      ...['spec', './server/test/harness/failed-titles.ts'].flatMap((reporter) => [
        `--test-reporter=${reporter}`,
        '--test-reporter-destination=stdout',
      ]),
      ...chosen,
    ],
    {
      stdio: 'inherit',
      env: {
        ...process.env,
        // Each file runs in a process of its own. Without the cache, each strips and compiles all sources again.
        NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? resolve('.cache/roster'),
        ...(isQuick
          ? { TEST_ENGINES: 'sqlite' }
          : { TEST_DATABASE_URL: postgres?.url ?? process.env['TEST_DATABASE_URL'] }),
        ...(isProperties && { PROPERTY_RUNS: process.env['PROPERTY_RUNS'] ?? '10' }),
        ...(isWhole && { TEST_STATEMENTS: statements }),
      },
    },
  )
  return new Promise((resolve) => child.on('exit', (exit) => resolve(exit ?? 1)))
}

const ofTests = await run(files())
const ofPlans = isWhole ? await run(['server/test/plans/every-statement.ts']) : 0
rmSync(statements, { recursive: true })
await postgres?.stop()
process.exit(ofTests || ofPlans)
