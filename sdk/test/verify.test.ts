/** Services accept Roster's tokens, and nothing that only looks like one. */
import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it, mock } from 'node:test'
import { createEngine, type Service, type TestUser } from '../../server/test/harness.ts'
import { requireUser as requireForExpress } from '../src/verify/express.ts'
import { requireUser as requireForFastify } from '../src/verify/fastify.ts'
import { requireUser as requireForHono } from '../src/verify/hono.ts'
import { createVerifier, InvalidTokenError } from '../src/verify/index.ts'
import { withUser } from '../src/verify/next.ts'

const issuer = 'http://roster.test'
const { engine, cleanUp } = createEngine('sqlite')
after(cleanUp)

describe('tokens of the service', () => {
  let service: Service
  let user: TestUser
  let options: { issuer: string; jwksUrl: string }
  before(async () => {
    service = await engine.start()
    user = await service.createUser({ roles: ['user'] })
    options = { issuer, jwksUrl: `${service.url}/.well-known/jwks.json` }
  })

  it('are accepted with Ed25519 and with RS256', async () => {
    const claims = await createVerifier(options)(user.token)
    assert.equal(claims.sub, user.id)
    assert.deepEqual(claims.roles, ['user'])
    const other = await engine.start({ ROSTER_TOKEN_ALGORITHM: 'RS256' })
    const { id, token } = await other.createUser()
    const jwksUrl = `${other.url}/.well-known/jwks.json`
    assert.equal((await createVerifier({ issuer, jwksUrl })(token)).sub, id)
    await assert.rejects(createVerifier(options)(token), InvalidTokenError)
  })

  it('adapters let them in, and refuse what has none', async () => {
    const require = createRequire(new URL('../../server/package.json', import.meta.url))
    const { fastify } = require('fastify') as typeof import('fastify')
    const app = fastify()
    app.addHook('onRequest', requireForFastify(options))
    app.get('/', async (request) => (request as unknown as { user: { sub: string } }).user.sub)
    const express = requireForExpress(options)
    const server = createServer((request, response) =>
      express(request, response, () => response.end((request as { user?: { sub: string } }).user!.sub)),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const hono = requireForHono(options)
    const next = withUser(options, (_, { sub }) => new Response(sub))
    const ask: Record<string, (headers: Record<string, string>) => Promise<Response>> = {
      fastify: async (headers) => {
        const { statusCode, body } = await app.inject({ url: '/', headers })
        return new Response(body, { status: statusCode })
      },
      express: (headers) => fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, { headers }),
      hono: async (headers) => {
        let sub = ''
        const context = {
          req: { header: (name: string) => headers[name] },
          set(_: 'user', claims: unknown) {
            sub = (claims as { sub: string }).sub
          },
        }
        return (await hono(context, async () => {})) ?? new Response(sub)
      },
      next: (headers) => next(new Request('http://next/', { headers })),
    }
    try {
      for (const [name, send] of Object.entries(ask)) {
        const allowed = await send({ authorization: `Bearer ${user.token}` })
        assert.equal(await allowed.text(), user.id, name)
        for (const headers of [{}, { authorization: 'Bearer x.y.z' }, { authorization: 'Basic eDp5' }]) {
          assert.equal((await send(headers as Record<string, string>)).status, 401, name)
        }
      }
    } finally {
      await app.close()
      server.close()
    }
    const admins = withUser({ ...options, roles: ['admin'] }, () => new Response())
    const headers = { authorization: `Bearer ${user.token}` }
    assert.equal((await admins(new Request('http://next/', { headers }))).status, 403)
    const unreachable = withUser({ issuer, jwksUrl: 'http://127.0.0.1:1/' }, () => new Response())
    assert.equal((await unreachable(new Request('http://next/', { headers }))).status, 503)
  })
})

describe('forged and wrong tokens', () => {
  const own = generateKeyPairSync('ed25519')
  const stranger = generateKeyPairSync('ed25519')
  const now = Math.floor(Date.now() / 1000)
  const good = { iss: issuer, aud: issuer, sub: 'u', iat: now, exp: now + 60, jti: 'j' }
  const header = { alg: 'EdDSA', typ: 'at+jwt', kid: 'own' }
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const token = (claims: object = good, head: object = header, key: KeyObject = own.privateKey) => {
    const text = `${encode(head)}.${encode(claims)}`
    return `${text}.${sign(null, Buffer.from(text), key).toString('base64url')}`
  }
  let fetches = 0
  let published = [{ ...own.publicKey.export({ format: 'jwk' }), kid: 'own', alg: 'EdDSA', use: 'sig' }]
  const verify = createVerifier({
    issuer,
    fetch: async () => {
      fetches += 1
      return Response.json({ keys: published })
    },
  })

  it('the right one is accepted', async () => {
    assert.equal((await verify(token())).sub, 'u')
    assert.equal((await verify(token({ ...good, aud: ['other', issuer] }))).sub, 'u')
  })

  for (const [name, forged] of Object.entries({
    'signed by another key': () => token(good, header, stranger.privateKey),
    'of another issuer': () => token({ ...good, iss: 'http://other.test' }),
    'for another audience': () => token({ ...good, aud: 'http://other.test' }),
    expired: () => token({ ...good, exp: now - 31 }),
    'without an end': () => token({ ...good, exp: undefined }),
    'from the future': () => token({ ...good, iat: now + 3600 }),
    'not valid yet': () => token({ ...good, nbf: now + 3600 }),
    'of no user': () => token({ ...good, sub: undefined }),
    'that is an ID token': () => token(good, { ...header, typ: 'JWT' }),
    'without a type': () => token(good, { alg: 'EdDSA', kid: 'own' }),
    'without an algorithm': () => `${encode({ ...header, alg: 'none' })}.${encode(good)}.`,
    'of an algorithm that the key is not for': () => token(good, { ...header, alg: 'RS256' }),
    'with a critical extension': () => token(good, { ...header, crit: ['x'] }),
    'with its own key': () => token(good, { ...header, kid: undefined, jwk: stranger.publicKey }),
    'with other bytes after the signature': () => `${token()}A`,
    'with padding': () => `${token()}=`,
  })) {
    it(name, () => assert.rejects(verify(forged()), InvalidTokenError))
  }

  it('unknown keys cost few requests, and a new key is found', async () => {
    const before = fetches
    for (let at = 0; at < 20; at += 1) {
      await assert.rejects(verify(token(good, { ...header, kid: `k${at}` })), InvalidTokenError)
    }
    assert.ok(fetches - before <= 1, `${fetches - before} requests`)
    const rotated = { ...stranger.publicKey.export({ format: 'jwk' }), kid: 'new', alg: 'EdDSA', use: 'sig' }
    published = [...published, rotated]
    const fresh = token({ ...good, exp: now + 3600 }, { ...header, kid: 'new' }, stranger.privateKey)
    await assert.rejects(verify(fresh), InvalidTokenError)
    mock.timers.enable({ apis: ['Date'], now: Date.now() + 11_000 })
    try {
      assert.equal((await verify(fresh)).sub, 'u')
      published = [rotated]
      const older = token({ ...good, exp: now + 3600 })
      await verify(older)
      mock.timers.tick(5 * 60_000 + 1)
      await assert.rejects(verify(older), InvalidTokenError)
    } finally {
      mock.timers.reset()
    }
  })
})
