import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { postgresTarget } from './target.ts'
import { tlsOptions } from './tls.ts'

const files: Record<string, string> = { '/ca.pem': 'CA', '/c.pem': 'CERT', '/k.pem': 'KEY' }
const readFile = (path: string) => {
  if (files[path] === undefined) throw Object.assign(new Error('no file'), { code: 'ENOENT' })
  return files[path]
}
const target = (url: string, environment: Record<string, string> = {}) =>
  postgresTarget(url, environment, readFile)

describe('where PostgreSQL is', () => {
  it('comes from the parts of the URL', () => {
    const { servers, user, password, database, writable } = target(
      'postgres://u:p%40%2F%23%25@db.example:6432/users',
    )
    assert.deepEqual(servers, [{ host: 'db.example', port: 6432 }])
    assert.deepEqual([user, password, database, writable], ['u', 'p@/#%', 'users', true])
    assert.equal(target('postgres://u:a#b@h/d').password, 'a#b')
    assert.equal(target('postgresql://u:a:b@h/d').password, 'a:b')
  })

  it('may be several hosts, IPv6 addresses and sockets', () => {
    assert.deepEqual(target('postgres://u@a:1,b,[::1]:3/d').servers, [
      { host: 'a', port: 1 },
      { host: 'b', port: 5432 },
      { host: '::1', port: 3 },
    ])
    assert.deepEqual(target('postgres://u@/d?host=a,b&port=7').servers, [
      { host: 'a', port: 7 },
      { host: 'b', port: 7 },
    ])
    for (const url of [
      'postgres://u@/d?host=/var/run/postgresql',
      'postgres://u@%2Fvar%2Frun%2Fpostgresql/d',
    ])
      assert.deepEqual(target(url).servers, [{ host: '/var/run/postgresql', port: 5432 }])
  })

  it('comes from the variables of libpq where the URL is silent', () => {
    const environment = {
      PGHOST: 'h',
      PGPORT: '6000',
      PGUSER: 'me',
      PGPASSWORD: 'x',
      PGDATABASE: 'd',
      PGSSLMODE: 'require',
    }
    const found = target('postgres://', environment)
    assert.deepEqual(found.servers, [{ host: 'h', port: 6000 }])
    assert.deepEqual(
      [found.user, found.password, found.database, found.tls.mode],
      ['me', 'x', 'd', 'require'],
    )
    assert.equal(target('postgres://u@other/e', environment).servers[0]?.host, 'other')
  })

  it('is refused without a word of its value', () => {
    const secret = 'hunter2'
    const wrong: [url: string, message: RegExp][] = [
      [`postgres://u:${secret}/x@host/db`, /percent-encoded/],
      [`postgres://u:${secret}@x@host/db`, /percent-encoded/],
      [`postgres://u:${secret}?x@host/db`, /percent-encoded/],
      [`postgres://u:${secret}%zz@host/db`, /%25/],
      [`postgres://u:${secret}@host:99999/db`, /port.* 1 to 65535/],
      [`postgres://u:${secret}@host:0/db`, /port.* 1 to 65535/],
      [`postgres://u:${secret}@host:12x/db`, /port.* 1 to 65535/],
      [`postgres://u:${secret}@a,b/db?port=1,2,3`, /3 ports for 2 hosts/],
      [`postgres://u:${secret}@host/db?sslmode=no-verify`, /sslmode must be one of disable, allow/],
      [`postgres://u:${secret}@host/db?schema=public`, /unknown parameter schema/],
      [`postgres://u:${secret}@host/db?sslrootcert=/none.pem`, /sslrootcert cannot be read \(ENOENT\)/],
      [`postgres://u:${secret}@host/db?sslcert=/c.pem`, /sslcert and sslkey belong together/],
      [`postgres://u:${secret}@host/db?target_session_attrs=standby`, /Roster writes/],
      [`postgres://:${secret}@host/db`, /names no user/],
      [`postgres://u:${secret}@ho st/db`, /a host that is not/],
    ]
    for (const [url, message] of wrong)
      assert.throws(
        () => target(url),
        (error: Error) => {
          assert.match(error.message, /^DATABASE_URL/, url)
          assert.match(error.message, message, url)
          assert.doesNotMatch(error.message, /hunter2|host\/db/, url)
          return true
        },
      )
    assert.throws(
      () => target('postgres://u@h/d', { PGSSLMODE: 'maybe' }),
      /^Error: PGSSLMODE must be one of/,
    )
  })
})

describe('TLS to PostgreSQL', () => {
  const options = (query: string) => {
    const { tls } = target(`postgres://u@h/d?${query}`)
    return tlsOptions(tls, tls.mode !== 'disable')
  }

  it('has the modes of libpq: only verify-ca and verify-full verify', () => {
    assert.equal(options('sslmode=disable'), false)
    assert.deepEqual(options(''), { rejectUnauthorized: false })
    assert.deepEqual(options('sslmode=require'), { rejectUnauthorized: false })
    assert.deepEqual(options('sslmode=verify-full&sslrootcert=/ca.pem'), {
      rejectUnauthorized: true,
      ca: 'CA',
    })
    assert.deepEqual(options('sslrootcert=system'), { rejectUnauthorized: true })
    for (const query of ['sslmode=verify-ca&sslrootcert=/ca.pem', 'sslmode=require&sslrootcert=/ca.pem']) {
      const { checkServerIdentity, ...rest } = options(query) as Record<string, unknown>
      assert.deepEqual(rest, { rejectUnauthorized: true, ca: 'CA' })
      assert.equal(typeof checkServerIdentity, 'function')
    }
  })

  it('brings the certificate of the client', () => {
    assert.deepEqual(options('sslmode=require&sslcert=/c.pem&sslkey=/k.pem&sslpassword=s'), {
      rejectUnauthorized: false,
      cert: 'CERT',
      key: 'KEY',
      passphrase: 's',
    })
  })
})
