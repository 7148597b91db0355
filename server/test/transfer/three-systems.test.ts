import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { onBothEngines, type Service } from '../harness.ts'
import { createPlace } from './command-line.ts'

const fixture = (name: string) => join(import.meta.dirname, 'fixtures', name)

/** What each system wrote by itself, and three people of it with the passwords that they had there. */
const systems = [
  {
    name: 'django',
    file: fixture('django-dumpdata.json'),
    people: { astrid: 'harbour light 12', bruno: 'orchard gate 34', carla: 'pâté et thé 56' },
  },
  {
    name: 'wordpress',
    file: fixture('wordpress.sql'),
    people: { wilma: 'granary door 21', 'ohara@example.com': 'meadow frost 43', xaver: 'cellar stairs 65' },
  },
  {
    name: 'keycloak',
    file: fixture('keycloak-site.json'),
    people: { karin: 'willow bridge 87', lorenz: 'copper kettle 98', mona: 'velvet apron 09' },
  },
]

onBothEngines('users of Django, WordPress and Keycloak in one Roster', (engine) => {
  const comeAlong = async (service: Service) => {
    const login = async (username: string, password: string) =>
      (await service.call('POST', '/auth/login', { body: { username, password } })).status
    for (const { name, people } of systems)
      for (const [username, password] of Object.entries(people)) {
        assert.equal(await login(username, 'certainly another'), 401, `${name}: ${username}`)
        assert.equal(await login(username, password), 200, `${name}: ${username}`)
        assert.equal(await login(username, password), 200, `${name}: ${username}, with our own hash`)
      }
    assert.equal(await login('dolf', '!'), 401)
    const hashes = await service.roster.database.read.selectFrom('passwords').select('hash').execute()
    for (const { hash } of hashes) assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    return hashes.length
  }

  it('each is imported by one command without options, and all users sign in with the old password', async (t) => {
    const place = await createPlace(engine)
    t.after(place.clear)
    for (const { name, file } of systems) {
      const { code, out, err } = await place.run('users', 'import', file)
      assert.equal(code, 0, out + err)
      assert.match(out, new RegExp(`imported ${name}: [34] created, 0 updated, \\d+ skipped, 0 failed`))
    }
    assert.equal(await comeAlong(await place.serve()), 9)
  })

  it('each is imported by one request without parameters, and all users sign in with the old password', async () => {
    const service = await engine.start()
    const { token } = await service.admin()
    for (const { name, file } of systems) {
      const headers = { 'content-type': 'application/octet-stream' }
      const body = readFileSync(file, 'utf8')
      const { status, text } = await service.call('POST', '/users/import', { as: token, headers, body })
      assert.equal(status, 200, text)
      const { format, created, failed } = JSON.parse(text.trim().split('\n').at(-1)!).summary
      assert.deepEqual([format, failed], [name, 0], text)
      assert.ok(created >= 3, text)
    }
    // The administrator has one too.
    assert.equal(await comeAlong(service), 10)
  })
})
