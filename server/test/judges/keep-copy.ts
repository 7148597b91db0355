/**
 * Has an application in Python verify our webhooks with the library standardwebhooks, and keep a copy of all users and
 * their groups from the event feed alone (`keep-copy.py`):
 *
 *   python3 -m venv /tmp/judges && /tmp/judges/bin/pip install standardwebhooks==1.1.0
 *   node server/test/judges/keep-copy.ts /tmp/judges/bin/python
 *
 * No part of `npm test`, which needs nothing but npm. Ends with 1 when the copy differs or a message is not verified.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { it } from 'node:test'
import { listUsers, readAll } from '../events/feed.ts'
import { until } from '../harness/wait.ts'
import { createEngine } from '../harness.ts'

const [python = 'python3'] = process.argv.slice(2)
const script = join(import.meta.dirname, 'keep-copy.py')

type Copy = {
  users: Record<string, unknown>
  groups: Record<string, string[]>
  verified: string[]
  refused: number
}

for (const name of ['sqlite', 'postgres'] as const)
  it(`a copy in Python is the same (${name})`, async (t) => {
    const { engine, cleanUp } = createEngine(name)
    t.after(cleanUp)
    const service = await engine.start({ ROSTER_OUTGOING_NETWORKS: '127.0.0.0/8' })
    const admin = await service.admin()
    const ask = async (method: string, path: string, body?: object) => {
      const answer = await service.call(method, path, { as: admin.token, ...(body && { body }) })
      assert.ok(answer.status < 300, answer.text)
      return answer.body
    }
    const key = await ask('POST', '/api-keys', { name: 'copy', permissions: ['events:read'] })
    const port = await freePort()
    const hook = await ask('POST', '/webhooks', { url: `http://127.0.0.1:${port}/roster` })
    const child = spawn(python, [script, String(port), service.url, key.secret], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    t.after(() => child.kill())
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    child.stdin.write(`${hook.secret}\n`)
    assert.equal((await lines.next()).value, 'ready')

    const staff = await ask('POST', '/groups', { name: 'Staff' })
    const night = await ask('POST', '/groups', { name: 'Night' })
    const people = []
    for (let at = 0; at < 40; at += 1) {
      const username = `person-${at}`
      people.push(await ask('POST', '/users', { username, email: `${username}@example.com` }))
    }
    const ids = people.map(({ id }) => id as string)
    await ask('POST', `/groups/${staff.id}/members`, { add: ids.slice(0, 30) })
    await ask('POST', `/groups/${night.id}/members`, { add: ids.slice(20) })
    await ask('POST', `/groups/${staff.id}/members`, { remove: ids.slice(0, 5) })
    for (const id of ids.slice(0, 20)) await ask('PATCH', `/users/${id}`, { metadata: { shift: 'late' } })
    for (const id of ids.slice(5, 10)) await ask('PATCH', `/users/${id}`, { status: 'disabled' })
    for (const id of ids.slice(10, 15)) await ask('DELETE', `/users/${id}`)
    await ask('POST', `/users/${ids[10]}/restore`)
    await ask('PATCH', `/groups/${staff.id}`, { name: 'Crew' })
    await ask('DELETE', `/groups/${night.id}`)
    // The message of another sender is refused.
    const forged = await fetch(`http://127.0.0.1:${port}/roster`, {
      method: 'POST',
      body: '{"type":"user.deleted"}',
      headers: {
        'webhook-id': 'x',
        'webhook-timestamp': String(Math.floor(Date.now() / 1000)),
        'webhook-signature': 'v1,AAAA',
      },
    })
    assert.equal(forged.status, 400)

    const events = await readAll(service, admin.token)
    const expected = new Set(events.filter(({ sequence }) => sequence > 1).map(({ id }) => id as string))
    const sync = async (): Promise<Copy> => {
      child.stdin.write('sync\n')
      return JSON.parse(String((await lines.next()).value))
    }
    const copy = await until(async () => {
      const found = await sync()
      return found.verified.length >= expected.size && found
    }, 'all events')
    assert.deepEqual(new Set(copy.verified), expected)
    assert.equal(copy.refused, 1)
    assert.deepEqual(new Map(Object.entries(copy.users)), await listUsers(service, admin.token))
    for (const [id, names] of Object.entries(copy.groups)) {
      const groups: { name: string }[] = await ask('GET', `/users/${id}/groups`)
      assert.deepEqual(names, groups.map((group) => group.name).sort())
    }
    console.log(
      `# ${name}: ${events.length} events, ${copy.verified.length} verified, 1 forged message refused`,
    )
  })

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
