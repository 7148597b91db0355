import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { CompiledQuery } from 'kysely'
import { scanThread } from './scan.ts'

const folder = mkdtempSync(join(tmpdir(), 'roster-scan-'))
const file = join(folder, 'some.db')
after(() => rmSync(folder, { recursive: true, force: true }))

it('the thread that reads ends after a time without queries, and the next query starts another', {
  timeout: 240_000,
}, async ({ signal }) => {
  new DatabaseSync(file).exec('create table t (n integer); insert into t values (7)')
  let threads = 0
  const count = () => {
    threads += 1
  }
  process.on('worker', count)
  const { driver, close } = scanThread(file, undefined, 1)
  const connection = await driver.acquireConnection()
  const read = async () =>
    (await connection.executeQuery<{ n: number }>(CompiledQuery.raw('select n from t'))).rows
  // Together with the pauses, some of these queries come while the thread ends.
  while (threads < 3) {
    assert.deepEqual(await Promise.all([read(), read()]), [[{ n: 7 }], [{ n: 7 }]])
    await sleep(threads, undefined, { signal })
  }
  process.off('worker', count)
  await close()
})
