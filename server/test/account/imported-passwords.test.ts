import assert from 'node:assert/strict'
import { join } from 'node:path'
import { it } from 'node:test'
import { onBothEngines } from '../harness.ts'
import { createPlace } from '../transfer/command-line.ts'

const fixture = (name: string) => join(import.meta.dirname, '../transfer/fixtures', name)
const ours = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/

/** Whence Ana comes, what her password was there, and the family of its hash. */
const origins = [
  { from: 'keycloak', files: [fixture('keycloak.json')], old: 'granite-cove-3', family: /^keycloak-pbkdf2$/ },
  { from: 'auth0', files: [fixture('auth0.ndjson')], old: 'granite-cove-3', family: /^bcrypt$|^auth0/ },
  {
    from: 'firebase',
    files: [fixture('firebase.json'), '--hash-config', fixture('firebase-hash-config.txt')],
    old: 'user1password',
    family: /^firebase-scrypt$/,
  },
]

onBothEngines('imported users', (engine) => {
  for (const { from, files, old, family } of origins) {
    it(`from ${from}: signs in with the old password, whose hash becomes argon2id then, and not before`, async (t) => {
      const place = await createPlace(engine)
      t.after(place.clear)
      // Each export has a user whom an import refuses: 3 says that some rows failed.
      assert.equal((await place.run('users', 'import', ...files)).code, 3)
      const service = await place.serve()
      const { read } = service.roster.database
      const stored = async () => {
        const row = await read
          .selectFrom('passwords')
          .innerJoin('users', 'users.id', 'passwords.user_id')
          .select(['passwords.hash', 'users.id'])
          .where('users.email_key', '=', 'ana@example.com')
          .executeTakeFirstOrThrow()
        return row
      }
      const login = async (password: string) => {
        const body = { username: 'Ana@Example.com', password }
        return (await service.call('POST', '/auth/login', { body })).status
      }
      const rehashes = () =>
        read.selectFrom('audit_events').selectAll().where('type', '=', 'password.rehash').execute()

      const before = await stored()
      assert.doesNotMatch(before.hash, ours)
      assert.equal(await login('another password'), 401)
      assert.deepEqual([(await stored()).hash, await rehashes()], [before.hash, []])

      const same = await Promise.all([login(old), login(old), login(old)])
      assert.deepEqual(same, [200, 200, 200])
      const after = await stored()
      assert.match(after.hash, ours)
      const [event, ...more] = await rehashes()
      assert.deepEqual([event?.target_id, more], [before.id, []])
      assert.match(event?.reason ?? '', family)

      assert.equal(await login(old), 200)
      assert.equal(await login('another password'), 401)
      assert.deepEqual([(await stored()).hash, (await rehashes()).length], [after.hash, 1])
    })
  }
})
