import assert from 'node:assert/strict'
import { it } from 'node:test'
import { readConfig } from '../config.ts'

const read = (environment: Record<string, string>) =>
  readConfig({ DATABASE_URL: 'sqlite::memory:', ...environment })

it('an unencrypted public URL is refused in production, this machine aside', () => {
  const production = (url: string, more = {}) =>
    read({ NODE_ENV: 'production', ROSTER_PUBLIC_URL: url, ...more })
  for (const url of ['http://users.example.com', 'http://10.0.0.5:8000', 'http://localhost.example.com'])
    assert.throws(() => production(url), /ROSTER_PUBLIC_URL must begin with https:/)
  for (const url of ['http://localhost:8000', 'http://127.0.0.1', 'http://[::1]:8000', 'https://x.example'])
    assert.equal(production(url).publicUrl, url)
  assert.ok(production('http://users.example.com', { ROSTER_ALLOW_HTTP: 'true' }))
  assert.ok(read({ ROSTER_PUBLIC_URL: 'http://users.example.com' }))
})

it('the URL of the mail server has the parameter tls=required and no other', () => {
  assert.ok(read({ ROSTER_MAIL_URL: 'smtp://mail.example.com?tls=required' }))
  for (const query of ['?tls=optional', '?tls=required&x=1', '?ssl=true'])
    assert.throws(() => read({ ROSTER_MAIL_URL: `smtp://mail.example.com${query}` }), /tls=required/)
})

it('a setting that cannot be read is named, also one that others are derived from', () => {
  for (const [name, value] of [
    ['ROSTER_PORT', 'abc'],
    ['ROSTER_TRUSTED_PROXIES', 'nowhere'],
  ] as const)
    assert.throws(
      () => readConfig({ [name]: value, ROSTER_TRUSTED_PROXY_HOPS: '1' }),
      new RegExp(`${name} must be`),
    )
})

it('a file of a secret that cannot be read is named by its setting', () => {
  assert.throws(
    () => read({ ROSTER_SECRET_KEY_FILE: '/nowhere/secret.key' }),
    /^Error: ROSTER_SECRET_KEY cannot be read from ROSTER_SECRET_KEY_FILE \(ENOENT\)$/m,
  )
})
