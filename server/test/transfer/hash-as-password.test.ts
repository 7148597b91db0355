import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { onBothEngines, type Service, type TestUser } from '../harness.ts'

const bcrypt = '$2b$10$0Dn8Togp.Jwv1rH.2Lu9S.q7X9J3Pp5xZmX.y.MAVtBDOuT26HHcm'
const bcryptPassword = 'granite-cove-3'

onBothEngines('an import whose password column holds hashes', (engine) => {
  let service: Service
  let admin: TestUser
  before(async () => {
    service = await engine.start({ ROSTER_RATE_LIMITS: 'off' })
    admin = await service.admin()
  })
  const importRows = async (type: string, body: string) => {
    const { status, text } = await service.call('POST', '/users/import', {
      as: admin.token,
      headers: { 'content-type': type },
      body,
    })
    assert.equal(status, 200)
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  }
  const signIn = async (username: string, typed: string) =>
    (await service.call('POST', '/auth/login', { body: { username, password: typed } })).status

  for (const [name, type, row] of [
    ['csv', 'text/csv', `username,email,password\ncsvhash,csvhash@example.com,${bcrypt}\n`],
    [
      'ndjson',
      'application/x-ndjson',
      `${JSON.stringify({ username: 'ndjsonhash', email: 'ndjsonhash@example.com', password: bcrypt })}\n`,
    ],
  ] as const) {
    it(`${name}: the old password signs in and the text of the hash does not`, async () => {
      const [result] = await importRows(type, row)
      assert.equal(result.result, 'created', JSON.stringify(result))
      assert.equal(await signIn(`${name}hash`, bcrypt), 401)
      assert.equal(await signIn(`${name}hash`, bcryptPassword), 200)
    })
  }

  it('refuses a row whose hash is of an unsupported family and creates no user', async () => {
    const rows = 'username,email,password\nmd5user,md5user@example.com,5f4dcc3b5aa765d61d8327deb882cf99\n'
    const [result] = await importRows('text/csv', rows)
    assert.deepEqual([result.result, result.errors[0].code], ['failed', 'unsupported_hash'])
    assert.match(result.errors[0].detail, /hex-md5/)
    const { body } = await service.call('GET', '/users?username=md5user', { as: admin.token })
    assert.deepEqual(body, [])
  })
})
