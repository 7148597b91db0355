/** A former primary that takes writes again is noticed. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { until } from '../harness/wait.ts'
import { createEngine } from '../harness.ts'
import { freePort, startPostgres } from '../postgres-server.ts'

const skip = (process.env['TEST_ENGINES'] ?? 'postgres').includes('postgres')
  ? false
  : 'PostgreSQL is left out'

describe('the timeline of PostgreSQL', { skip }, () => {
  it('that goes back is an error of the log', async (t) => {
    const { engine, cleanUp } = createEngine('postgres')
    const folder = join(tmpdir(), `roster-timeline-${randomBytes(6).toString('hex')}`)
    execFileSync('mkdir', ['-m', '755', folder])
    const [former, promoted] = [join(folder, 'former'), join(folder, 'promoted')]
    const port = await freePort()
    let server = await startPostgres({ port, data: former })
    t.after(async () => {
      await cleanUp()
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    })
    const service = await engine.start({ DATABASE_URL: server.url })
    const { database } = service.roster
    const seen = async () => {
      await database.tend()
      return database.timeline()?.current
    }
    assert.equal(await seen(), 1)
    await server.stop()
    execFileSync('cp', ['-a', former, promoted])
    // Ends its recovery immediately, as a standby that is promoted does.
    writeFileSync(join(promoted, 'recovery.signal'), '')
    server = await startPostgres({ port, data: promoted, settings: ['restore_command=false'] })
    await until(async () => (await seen().catch(() => undefined)) === 2, 'the second timeline')
    const told = () => service.logs().filter(({ event }) => event === 'db.timeline_back')
    assert.deepEqual(told(), [])

    await server.stop()
    server = await startPostgres({ port, data: former })
    await until(async () => (await seen().catch(() => undefined)) === 1, 'the first timeline')
    await until(() => told().length === 1, 'the line of the log')
    assert.deepEqual([told()[0]?.['timeline'], told()[0]?.['before']], [1, 2])
  })
})
