import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Secret, TOTP } from 'otpauth'
import pg from 'pg'
import { nowMs } from '../../src/clock.ts'
import { createEngine } from '../harness.ts'
import { createPlace, type Place } from './command-line.ts'

const typed = 'plums in the cellar 9'
const bcrypt = '$2b$04$yNlujh7EOn8opdJCJyEvP.t9.DGItbzj6K00PadMmXojpOCSEU7zG'

/** Of an authenticator app. */
const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'

const tables = `
  create table auth_user (id serial, password text, last_login timestamptz, is_superuser bool, username text,
    first_name text, last_name text, email text, is_staff bool, is_active bool, date_joined timestamptz);
  create table auth_group (id int, name text);
  create table auth_user_groups (user_id int, group_id int);
  insert into auth_user values (7, 'bcrypt$${bcrypt}', null, false, 'dj', 'Dj', 'Ango', 'dj@example.com', false, true, '2024-01-01Z');
  insert into auth_group values (1, 'editors');
  insert into auth_user_groups values (7, 1);
  create table user_entity (id text, username text, email text, email_verified bool, enabled bool, first_name text,
    last_name text, created_timestamp bigint, service_account_client_link text, federation_link text);
  create table credential (user_id text, type text, secret_data text, credential_data text, priority int);
  create table user_attribute (user_id text, name text, value text);
  create table user_role_mapping (user_id text, role_id text);
  create table keycloak_role (id text, name text, client_role bool);
  create table federated_identity (user_id text, identity_provider text, federated_user_id text);
  create table user_group_membership (user_id text, group_id text);
  create table keycloak_group (id text, name text);
  insert into user_entity values ('k1', 'kc', 'kc@example.com', true, true, 'Kay', 'Cee', 1700000000000, null, null);
  insert into user_entity values ('k2', 'service-account-shop', null, false, true, null, null, 1700000000001, 'shop', null);
  insert into credential values ('k1', 'password', '{"value":"${bcrypt}"}', '{"algorithm":"bcrypt","hashIterations":10}', 10);
  insert into user_attribute values ('k1', 'team', 'red'), ('k1', 'team', 'blue');
  insert into federated_identity values ('k1', 'github', '77');
  create schema auth;
  create table auth.users (id text, email text, encrypted_password text, email_confirmed_at timestamptz, created_at timestamptz,
    raw_user_meta_data jsonb, raw_app_meta_data jsonb);
  create table auth.mfa_factors (user_id text, factor_type text, status text, secret text, phone text, created_at timestamptz);
  insert into auth.users values ('g1', 'go@example.com', '${bcrypt}', '2024-01-01Z', '2024-01-01Z', '{}', '{}'),
    ('g2', 'tel@example.com', '${bcrypt}', '2024-01-01Z', '2024-01-02Z', '{}', '{}');
  insert into auth.mfa_factors values ('g1', 'totp', 'unverified', 'ABCDEFGHIJKLMNOP', null, '2024-01-02Z'),
    ('g1', 'totp', 'verified', '${secret}', null, '2024-01-03Z'), ('g2', 'phone', 'verified', null, '+49', '2024-01-03Z');
  create table auth.identities (user_id text, provider text, identity_data jsonb);
  insert into auth.identities values ('g1', 'email', '{"sub":"g1"}'), ('g1', 'google', '{"sub":"108","email":"go@example.org"}');
  create table members (login text, mail text, passwd text);
  insert into members values ('mem', 'mem@example.com', '${bcrypt}');
`

describe('an import straight from a PostgreSQL database', () => {
  const source = createEngine('postgres')
  const target = createEngine('sqlite')
  let url: string
  let client: pg.Client
  let place: Place
  before(async () => {
    url = await source.engine.createDatabase()
    client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query(tables)
    place = await createPlace(target.engine)
  })
  after(async () => {
    await client.end()
    await target.cleanUp()
    await source.cleanUp()
    place.clear()
  })

  it('reads the tables of Django and Keycloak and any query, and all users sign in', async () => {
    const runs = [
      await place.run('users', 'import', url, '--from', 'django-db'),
      await place.run('users', 'import', url, '--from', 'keycloak-db'),
      await place.run('users', 'import', url, '--query', 'select login, mail, passwd from members;'),
    ]
    for (const { code, out, err } of runs) assert.equal(code, 0, out + err)
    assert.match(runs[0]!.out, /imported django: 1 created/)
    assert.match(runs[1]!.out, /imported keycloak: 1 created, 0 updated, 1 skipped/)
    assert.match(runs[2]!.out, /imported json: 1 created/)
    const service = await place.serve()
    const found = []
    for (const username of ['dj', 'kc', 'mem']) {
      const { status, body } = await service.call('POST', '/auth/login', {
        body: { username, password: typed },
      })
      assert.equal(status, 200, username)
      found.push(body.user)
    }
    assert.deepEqual(found[0].metadata.imported_roles, ['editors'])
    assert.deepEqual(found[1].metadata.attributes, { team: ['red', 'blue'] })
    const identities = await service.roster.database.read.selectFrom('identities').selectAll().execute()
    assert.deepEqual(
      identities.map(({ user_id, issuer, subject }) => [user_id, issuer, subject]),
      [[found[1].id, 'https://github.com', '77']],
    )
    assert.equal(found[1].created_at, '2023-11-14T22:13:20.000Z')
  })

  it('reads users of GoTrue with their authenticator apps, and reports that a phone is not imported', async () => {
    const { code, out, err } = await place.run('users', 'import', url, '--from', 'gotrue-db')
    assert.equal(code, 0, out + err)
    assert.match(out, /imported supabase: 2 created/)
    assert.match(out, /note {4}1 × the second factors are not imported/)
    const service = await place.serve()
    const login = (email: string) =>
      service.call('POST', '/auth/login', { body: { username: email, password: typed } })
    assert.equal((await login('tel@example.com')).status, 200)
    const { challenge } = (await login('go@example.com')).body
    const totp = new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: nowMs() })
    const opened = await service.call('POST', '/auth/login/continue', { body: { challenge, totp } })
    assert.equal(opened.status, 200, opened.text)
    const as = (await service.admin()).token
    const identities = await service.call('GET', `/users/${opened.body.user.id}/identities`, { as })
    assert.deepEqual(
      identities.body.map((each: Record<string, unknown>) => [each['issuer'], each['subject']]),
      [['https://accounts.google.com', '108']],
    )
  })

  it('writes nothing to the source, and reports faults', async () => {
    const { code, err } = await place.run(
      'users',
      'import',
      url,
      '--query',
      'with gone as (delete from members returning login) select login from gone',
    )
    assert.equal(code, 1)
    assert.match(err, /The database cannot be read/)
    const { rows } = await client.query('select count(*)::int as count from members')
    assert.equal(rows[0].count, 1)
    const without = await place.run('users', 'import', url)
    assert.equal(without.code, 2)
    assert.match(without.err, /--query/)
  })
})
