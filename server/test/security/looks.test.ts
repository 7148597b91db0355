import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { onBothEngines, password, type Service } from '../harness.ts'

onBothEngines('usernames that look like others', (engine) => {
  let service: Service
  before(async () => {
    service = await engine.start()
    await service.createUser({ username: 'paypal' })
    await service.createUser({ username: 'apple' })
  })
  let count = 0
  const signUp = async (username: string, as?: string) => {
    count += 1
    const body = { username, email: `looks-${count}@example.com`, password }
    const answer = await service.call('POST', '/users', { body, ...(as ? { as } : {}) })
    return `${answer.status} ${answer.body.errors?.[0]?.code ?? answer.body.code ?? ''}`.trim()
  }

  it('are refused at sign-up: other scripts, digits for letters, mixed scripts, reserved names', async () => {
    for (const name of ['paypa1', 'раураӏ', 'аррӏе', 'app1e'])
      assert.equal(await signUp(name), '409 username_taken', name)
    for (const name of ['раypal', 'аpple']) assert.equal(await signUp(name), '400 mixed_scripts', name)
    for (const name of ['r00t', 'гоот', 'adm1n'])
      assert.equal(await signUp(name), '400 username_reserved', name)
    for (const name of ['ольга', 'payday', 'jürgen']) assert.equal(await signUp(name), '201', name)
  })

  it('are refused when people rename themselves, but for their own name', async () => {
    const user = await service.createUser({ username: 'bello' })
    const rename = async (username: string) =>
      (await service.call('PATCH', '/users/me', { as: user.token, body: { username } })).status
    assert.equal(await rename('paypa1'), 409)
    assert.equal(await rename('be11o'), 200)
  })

  it('are given by administrators, who see the difference', async () => {
    const admin = await service.admin()
    for (const name of ['paypa1', 'аpple', 'r00t']) assert.equal(await signUp(name, admin.token), '201', name)
  })
})
