import assert from 'node:assert/strict'
import { it } from 'node:test'
import { onBothEngines, password } from '../harness.ts'

const times = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, at) => make(at))
const tokenOf = (link: { link: string } | undefined) => link?.link.split('#token=')[1] ?? ''

onBothEngines('POST /auth/setup', (engine) => {
  it('of twenty concurrent requests on two replicas one creates the administrator, and the page is closed', async () => {
    const url = await engine.createDatabase()
    const one = await engine.start({ DATABASE_URL: url })
    // SQLite in memory is one process's own.
    const two = engine.name === 'sqlite' ? one : await engine.start({ DATABASE_URL: url })
    const first = await one.roster.setup.createLink()
    assert.match(first?.link ?? '', /^http:\/\/roster\.test\/console\/setup#token=[\w-]{43}$/)
    const links = [first, await two.roster.setup.createLink()]
    const wrong = await one.call('POST', '/auth/setup', { body: { token: 'x', ...names(0) } })
    assert.deepEqual([wrong.status, wrong.body.code], [400, 'invalid_grant'])
    const weak = { ...names(0), password: 'short' }
    const refused = await one.call('POST', '/auth/setup', { body: { token: tokenOf(first), ...weak } })
    assert.deepEqual([refused.status, refused.body.errors[0].pointer], [400, '/password'])
    const answers = await Promise.all(
      times(20, (index) =>
        [one, two][index % 2]!.call('POST', '/auth/setup', {
          // Half of them even under the same name.
          body: { token: tokenOf(links[index % 2]), ...names(index % 10) },
        }),
      ),
    )
    const made = answers.filter(({ status }) => status === 201)
    const outcomes = answers.map(({ status, body }) => (status === 201 ? 'made' : body.code)).sort()
    assert.deepEqual(outcomes, [...times(19, () => 'already_set_up'), 'made'])
    assert.deepEqual(made[0]!.body.roles, ['admin', 'user'])
    assert.equal(made[0]!.headers.get('location'), `/users/${made[0]!.body.id}`)
    const { database } = one.roster
    assert.equal((await database.read.selectFrom('users').select('id').execute()).length, 1)
    assert.equal((await database.read.selectFrom('one_time_tokens').select('hash').execute()).length, 0)
    assert.equal(await one.roster.setup.createLink(), undefined)
    const login = { username: made[0]!.body.username, password }
    assert.equal((await one.call('POST', '/auth/login', { body: login })).status, 200)
    const types = (await database.read.selectFrom('audit_events').select('type').execute()).map(
      ({ type }) => type,
    )
    assert.equal(types.filter((type) => type === 'bootstrap.token_used').length, 1)
    assert.equal(types.filter((type) => type === 'bootstrap.token_created').length, 2)
    // An administrator whose address counts as verified needs no mail.
    assert.equal((await database.read.selectFrom('mail_outbox').select('id').execute()).length, 0)
  })
})

function names(index: number) {
  return { username: `root${index}`, email: `root${index}@example.com`, password }
}
