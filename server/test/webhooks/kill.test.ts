/** A service that is killed loses no event for a webhook, whatever it was doing. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes, randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { systemCaller } from '../../src/caller.ts'
import { until } from '../harness/wait.ts'
import { onBothEngines, password, send } from '../harness.ts'
import { urlWhenReady } from '../process.ts'
import { startReceiver } from './receiver.ts'

/** How often the service is killed; more with `KILL_ROUNDS=100`. */
const rounds = Number(process.env['KILL_ROUNDS'] ?? 2)
const bin = join(import.meta.dirname, '../../bin/roster.js')

// Most of the time is spent waiting for starts and for the end of leases, so both engines run at the same time.
describe('kill -9', { concurrency: true }, () => bothEngines())

function bothEngines(): void {
  onBothEngines('while webhooks are sent', (engine) => {
    it('loses no event, and keeps the order of each user', {
      timeout: 240_000 + rounds * 30_000,
    }, async (t) => {
      const receiver = await startReceiver()
      const folder = mkdtempSync(join(tmpdir(), 'roster-hooks-'))
      const given = await engine.createDatabase()
      const settings = {
        DATABASE_URL: given === 'sqlite::memory:' ? `sqlite:${join(folder, 'roster.db')}` : given,
        ROSTER_SECRET_KEY: randomBytes(32).toString('base64'),
        ROSTER_OUTGOING_NETWORKS: '127.0.0.0/8',
        ROSTER_RATE_LIMITS: 'off',
      }
      const env = { PATH: process.env['PATH'] ?? '', ROSTER_PORT: '0', ...settings }
      let child: ChildProcess | undefined
      t.after(() => {
        child?.kill('SIGKILL')
        receiver.stop()
        rmSync(folder, { recursive: true, force: true })
      })
      const start = async () => {
        child = spawn(process.execPath, [bin, 'serve'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
        return urlWhenReady(child)
      }
      const first = await engine.start(settings)
      await first.roster.users.create(systemCaller, {
        ...{ username: 'root', email: 'root@example.com', password, roles: ['admin', 'user'] },
      })
      const as = { username: 'root', password }
      const hook = await first.call('POST', '/webhooks', { as, body: { url: receiver.url('/hook') } })
      assert.equal(hook.status, 201)
      await first.stop()

      const changed: string[] = []
      for (let round = 0; round < rounds; round += 1) {
        const url = await start()
        const ended = once(child!, 'exit')
        const alive = { yes: true }
        const clients = [0, 1].map((client) => changeWhile(alive, url, `r${round}-${client}`, changed))
        const before = changed.length
        const more = randomInt(6)
        await until(() => changed.length > before + more, 'some changes')
        child!.kill('SIGKILL')
        await ended
        alive.yes = false
        await Promise.all(clients)
      }
      const url = await start()
      const events = await readFeed(url)
      const sent = new Set(events.map(({ id }) => id))
      const missing = () => {
        const got = new Set(receiver.messages.map(({ id }) => id))
        return [...sent].filter((id) => !got.has(id))
      }
      await until(
        () => missing().length === 0,
        () => `messages ${missing().join(' ')}`,
      )
      assert.ok(changed.length >= rounds)
      const names = new Set(
        events.filter(({ type }) => type === 'user.created').map(({ data }) => data.user.username),
      )
      const lost = changed.filter((name) => !names.has(name))
      assert.deepEqual(lost, [], 'what was answered is in the feed')
      const sequences = events.map(({ sequence }) => sequence)
      assert.deepEqual(
        sequences,
        sequences.map((_, at) => at + (sequences[0] ?? 0)),
        'the feed has no gaps',
      )
      const places = new Map<string, number>()
      const seen = new Set<string>()
      for (const { id, body } of receiver.messages) {
        if (!seen.has(id)) {
          assert.ok(body.sequence > (places.get(body.data.user_id) ?? 0), 'in order')
          places.set(body.data.user_id, body.sequence)
        }
        seen.add(id)
      }
      console.log(
        `# ${engine.name}: ${rounds} kills, ${sent.size} events, ${receiver.messages.length - sent.size} sent again`,
      )
    })
  })
}

type FeedEvent = { id: string; sequence: number; type: string; data: { user: { username: string } } }

/** All events after the first one, page by page. */
async function readFeed(url: string): Promise<FeedEvent[]> {
  const events: FeedEvent[] = []
  for (let after = 1, hasMore = true; hasMore; ) {
    const path = `/events?after=${after}&limit=500`
    const { body } = await send(url, 'GET', path, { as: { username: 'root', password } })
    events.push(...body.events)
    after = body.next
    hasMore = body.has_more
  }
  return events
}

async function changeWhile(
  alive: { yes: boolean },
  url: string,
  name: string,
  changed: string[],
): Promise<void> {
  const as = { username: 'root', password }
  for (let index = 0; alive.yes; index += 1) {
    const username = `${name}-${index}`
    const body = { username, email: `${username}@example.com` }
    const answer = await send(url, 'POST', '/users', { as, body }).catch(() => undefined)
    if (answer === undefined) return
    if (answer.status !== 201) continue
    changed.push(username)
    const patch = { as, body: { first_name: name } }
    if (!(await send(url, 'PATCH', `/users/${answer.body.id}`, patch).catch(() => undefined))) return
  }
}
