import assert from 'node:assert/strict'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { onBothEngines } from '../harness.ts'
import { createPlace } from './command-line.ts'

type Expected = {
  file: string
  skipped?: number
  /** Why rows failed or were skipped. */
  reasons: Record<string, number>
  notes: Record<string, number>
  /** The password that Ana had; undefined when the other system gives none. */
  typed?: string
  options?: string[]
  /** What a field of Ana's is. */
  ana: Record<string, unknown>
}

const fixture = (name: string) => join(import.meta.dirname, 'fixtures', name)
const lostApp = 'the authenticator app is not imported: its secret is too short or not in base32'
const noPassword = 'has no password; no mail was sent'
const otherRoles = 'roles that the user did not get are kept in the metadata as imported_roles'
const typed = 'granite-cove-3'
const since = '2021-02-03T04:05:06.789Z'

/** Each file has Ana, Bo who is disabled, and one row that must fail. */
const formats: Record<string, Expected> = {
  roster: {
    file: 'roster.ndjson',
    reasons: { 'email invalid_email': 1 },
    notes: { [noPassword]: 1 },
    typed,
    ana: { id: '01890000-0000-7000-8000-00000000a001', created_at: since, metadata: { plan: 'a' } },
  },
  csv: {
    file: 'users.csv',
    reasons: { invalid_value: 1 },
    notes: { [noPassword]: 1, [otherRoles]: 1 },
    typed,
    ana: {
      first_name: 'Ana',
      last_name: 'Nagy; Dr.',
      roles: ['user'],
      metadata: { phone: '+1555', imported_roles: ['pilot'] },
    },
  },
  keycloak: {
    file: 'keycloak.json',
    skipped: 1,
    reasons: { 'email required': 1, 'the service account of shop, not a person': 1 },
    notes: {
      [noPassword]: 1,
      [otherRoles]: 1,
      'the one-time password factor is not imported': 1,
    },
    typed,
    ana: {
      email_verified: true,
      created_at: '2021-02-03T04:05:06.789Z',
      metadata: { attributes: { team: 'pears' }, imported_roles: ['pilot'] },
    },
  },
  auth0: {
    file: 'auth0.ndjson',
    reasons: { 'email invalid_email': 1 },
    notes: {
      [noPassword]: 1,
      [lostApp]: 1,
    },
    typed,
    ana: { external_id: 'auth0|a001', email_verified: true, created_at: since },
  },
  firebase: {
    file: 'firebase.json',
    options: ['--hash-config', fixture('firebase-hash-config.txt')],
    reasons: { 'email required': 1 },
    notes: { [noPassword]: 1 },
    typed: 'user1password',
    ana: { external_id: 'a001', email_verified: true, created_at: since },
  },
  supabase: {
    file: 'supabase.csv',
    reasons: { 'email required': 1 },
    notes: { [noPassword]: 1, 'signing in through github is not imported': 1 },
    typed,
    ana: { external_id: 'a0010000-0000-4000-8000-000000000001', email_verified: true, created_at: since },
  },
  cognito: {
    file: 'cognito.json',
    reasons: { 'email required': 1 },
    notes: { [noPassword]: 2, 'the second factors are not imported': 1 },
    ana: { external_id: 'a0010000-0000-4000-8000-000000000001', email_verified: true, created_at: since },
  },
  clerk: {
    file: 'clerk.csv',
    reasons: { 'email required': 1 },
    notes: { [noPassword]: 1, [lostApp]: 1 },
    typed,
    ana: { external_id: 'user_a001', email_verified: true, last_name: 'Nagy' },
  },
  okta: {
    file: 'okta.json',
    reasons: { invalid_value: 1 },
    notes: {
      [noPassword]: 1,
      'the recovery question is not imported': 1,
      'signing in through FEDERATION is not imported': 1,
    },
    typed,
    ana: { external_id: '00ua001', last_name: 'Nagy', metadata: { department: 'pears' }, created_at: since },
  },
  scim: {
    file: 'scim.json',
    skipped: 1,
    reasons: { 'email required': 1, 'the group "pilots" has no members': 1 },
    notes: { [noPassword]: 1, 'the certificates are not imported': 1 },
    typed,
    ana: { external_id: 'ana-1', last_name: 'Nagy', created_at: since },
  },
}
/** Those where nothing says that Bo is disabled. */
const withoutStatus = ['clerk']

onBothEngines('roster users import', (engine) => {
  for (const [
    format,
    { file, skipped = 0, reasons, notes, options = [], ana, ...expected },
  ] of Object.entries(formats)) {
    it(`${format}: recognises the file, reports it, keeps the rows that failed, and people sign in`, async (t) => {
      const place = await createPlace(engine)
      t.after(place.clear)
      const rejected = place.path('rejected.ndjson')
      const command = ['users', 'import', fixture(file), ...options, '--json']
      const dry = await place.run(...command, '--dry-run')
      const { code, out, err } = await place.run(...command, '--rejected', rejected)
      assert.deepEqual([code, err], [3, ''])
      const report = { format, created: 2, updated: 0, skipped, failed: 1, reasons, notes }
      for (const [text, dry_run] of [
        [out, false],
        [dry.out, true],
      ] as const) {
        const { sign, columns, samples, ...rest } = JSON.parse(text)
        assert.deepEqual(rest, { ...report, dry_run })
        // A dry run shows both people, without their passwords.
        assert.equal(samples?.length, dry_run ? 2 : undefined)
        assert.doesNotMatch(JSON.stringify(samples ?? []), /\$2[aby]\$|granite/)
        assert.ok(sign.length > 5 && Object.values(columns).join().includes('email'), text)
      }

      assert.equal(statSync(rejected).mode & 0o777, 0o600)
      const rows = readFileSync(rejected, 'utf8').trim().split('\n')
      assert.equal(rows.length, 1)
      const { row, errors, source } = JSON.parse(rows[0]!)
      assert.ok(Number.isInteger(row) && errors.length > 0 && JSON.stringify(source).length > 20, rows[0])

      const again = JSON.parse((await place.run(...command)).out)
      assert.deepEqual([again.created, again.skipped, again.failed], [0, skipped + 2, 1])

      const service = await place.serve()
      const admin = await service.admin()
      const find = async (email: string) =>
        (await service.call('GET', `/users?email=${email}`, { as: admin.token })).body[0]
      const found = await find('ana@example.com')
      assert.deepEqual({ ...found, ...ana }, found)
      assert.equal(
        (await find('bo@example.com')).status,
        withoutStatus.includes(format) ? 'active' : 'disabled',
      )
      for (const password of [expected.typed ?? typed, 'another password']) {
        const right = password === expected.typed
        const body = { username: 'ana@example.com', password }
        assert.equal(
          (await service.call('POST', '/auth/login', { body })).status,
          right ? 200 : 401,
          password,
        )
      }
    })
  }

  it('prints the same report as text, and says when there is nothing to import', async (t) => {
    const place = await createPlace(engine)
    t.after(place.clear)
    const { code, out } = await place.run('users', 'import', fixture('keycloak.json'))
    assert.equal(code, 3)
    assert.equal(
      out.slice(out.indexOf('\n') + 1),
      `imported keycloak: 2 created, 0 updated, 1 skipped, 1 failed
  failed  1 × email required: An e-mail address is required. ROSTER_EMAIL=optional lets users have none.
  skipped 1 × the service account of shop, not a person
  note    1 × the one-time password factor is not imported
  note    1 × ${otherRoles}
  note    1 × ${noPassword}
`,
    )
    assert.match(out, /^format keycloak, because it has realm, users: .*firstName → first_name/)
    const unknown = await place.run('users', 'import', fixture('firebase-hash-config.txt'))
    assert.deepEqual([unknown.code, unknown.out], [1, ''])
    assert.match(unknown.err, /format of the file is not known/)
    assert.doesNotMatch(unknown.err, /\bat .*\.ts:/)
    const missing = await place.run('users', 'import', place.path('missing.csv'))
    assert.equal(missing.code, 2)
    const wrong = await place.run('users', 'import', fixture('users.csv'), '--from', 'excel')
    assert.equal(wrong.code, 2)
    assert.match(wrong.err, /keycloak/)
  })
})
