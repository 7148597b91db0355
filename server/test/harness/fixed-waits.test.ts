/** A test waits for a condition (`until` in `wait.ts`) or moves the clock. The few fixed waits are listed here. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'

/** How many fixed waits a file has, and why. */
const allowed: Record<string, [count: number, why: string]> = {
  'server/test/harness/wait.ts': [
    2,
    'the pauses between two looks and before a refused request is sent again',
  ],
  'server/test/harness.ts': [1, 'readers of a SQLite file see the writes of another service after 5 ms'],
  'server/test/security/concurrent-changes.test.ts': [
    3,
    'requests that meet at different points of the work of others',
  ],
  'server/test/browser/console/accessible.test.ts': [1, 'the animation of a dialog'],
  'server/test/browser/console/screens.test.ts': [2, 'the animation of a dialog and of a menu'],
  'server/test/browser/pages.test.ts': [1, 'a page without JavaScript that sends nothing'],
  'server/src/database/sqlite/scan.test.ts': [1, 'queries that meet a thread while it ends'],
}

/** What `npm test` does not run, or what measures time on purpose. */
const exempt = /\/(machine|cluster|timing|screenshots)\/|\.judge\.ts$|fixed-waits\.test\.ts$/

const root = join(import.meta.dirname, '../../..')
const files = globSync(
  ['server/test/**/*.ts', '{server,sdk,console}/src/**/*.test.{ts,tsx}', '{sdk,console}/test/**/*.{ts,tsx}'],
  { cwd: root },
)
  .filter((file) => !exempt.test(file))
  .sort()

const read = (file: string) => readFileSync(join(root, file), 'utf8')

it('no test waits for a fixed time, except those listed here', () => {
  assert.ok(files.length > 300, `${files.length} files`)
  const waits = /\bsleep\(|\bPromise\b.*\bsetTimeout\(\w+, |\.waitForTimeout\(/g
  const found = Object.fromEntries(
    files.flatMap((file) => {
      const count = read(file).match(waits)?.length ?? 0
      return count > 0 ? [[file, count]] : []
    }),
  )
  const counts = Object.entries(allowed).map(([file, [count]]) => [file, count])
  assert.deepEqual(found, Object.fromEntries(counts))
})

it('every property test uses the seed and the number of runs of properties.ts', () => {
  const users = files.filter(
    (file) => /from 'fast-check'/.test(read(file)) && !file.endsWith('/properties.ts'),
  )
  assert.ok(users.length > 10)
  const wrong = users.filter(
    (file) => !read(file).includes('/properties.ts') || /fc\.assert\([^;]*numRuns: \d/s.test(read(file)),
  )
  assert.deepEqual(wrong, [])
})
