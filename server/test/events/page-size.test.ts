/** Pages of users with much text are short, so that readers who do not read hold little memory. */
import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { systemCaller } from '../../src/caller.ts'
import { onBothEngines, type Service } from '../harness.ts'
import { endOfFeed, readAll } from './feed.ts'

onBothEngines('pages of users with much metadata', (engine) => {
  const count = 120
  const noteLength = 15_000
  const mostOfPage = 1024 * 1024
  let service: Service
  let as: string
  let start: number
  before(async () => {
    service = await engine.start()
    as = (await service.admin()).token
    start = await endOfFeed(service, as)
    for (let at = 0; at < count; at += 1) {
      const body = {
        username: `u-${at}`,
        email: `u-${at}@example.com`,
        metadata: { note: 'x'.repeat(noteLength) },
      }
      assert.equal((await service.call('POST', '/users', { as, body })).status, 201)
    }
  })

  it('of the event feed are shorter than the limit, and lose no event', async () => {
    const { text, body } = await service.call('GET', `/events?after=${start}&limit=500`, { as })
    assert.ok(text.length < mostOfPage, String(text.length))
    assert.equal(body.has_more, true)
    assert.ok(body.events.length > 0)
    const events = await readAll(service, as, start, 500)
    assert.deepEqual(
      events.map(({ data }) => data.user.username),
      Array.from({ length: count }, (_, at) => `u-${at}`),
    )
  })

  it('of an export hold few users, and lose none', async () => {
    const names: string[] = []
    for await (const page of service.roster.users.walkShown(systemCaller, {})) {
      assert.ok(JSON.stringify(page).length < mostOfPage, String(page.length))
      names.push(...page.map(({ username }) => username))
    }
    assert.equal(new Set(names).size, names.length)
    assert.equal(names.length, count + 1)
  })
})
