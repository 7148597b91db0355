/** The effects of changed signing keys on an application, and its ID token as a hint. */
import assert from 'node:assert/strict'
import { beforeEach, it } from 'node:test'
import * as client from 'openid-client'
import { systemCaller } from '../../src/caller.ts'
import { shiftClock } from '../../src/clock.ts'
import { onBothEngines, type Service, type TestUser } from '../harness.ts'
import { authorize, connect, publicUrl, register, signIn } from './relying-party.ts'

const day = 24 * 3600

onBothEngines('the ID token of an application', (engine) => {
  let service: Service
  let user: TestUser
  beforeEach(async () => {
    service = await engine.start()
    await service.admin()
    user = await service.createUser()
  })
  const kidOf = (token = '') =>
    JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()).kid as string
  const published = async () => {
    const { body } = await service.call('GET', '/.well-known/jwks.json')
    return (body.keys as { kid: string }[]).map(({ kid }) => kid)
  }

  it('is signed with a key that was published since the application was registered', async () => {
    const before = await published()
    const registered = await register(service)
    const since = await published()
    assert.equal(since.length, before.length + 1)
    const { tokens } = await signIn(service, await connect(service, registered), user.token)
    assert.ok(since.includes(kidOf(tokens.id_token)))
  })

  it('is renewed with the next key, which was published a day before', async () => {
    const registered = await register(service)
    const { tokens } = await signIn(service, await connect(service, registered), user.token)
    await service.roster.signingKeys.rotate(systemCaller, false)
    const ahead = await published()
    const config = await connect(service, registered)
    const same = await client.refreshTokenGrant(config, tokens.refresh_token!)
    assert.equal(kidOf(same.id_token), kidOf(tokens.id_token))
    shiftClock(day + 1)
    try {
      const next = await client.refreshTokenGrant(config, same.refresh_token!)
      assert.notEqual(kidOf(next.id_token), kidOf(tokens.id_token))
      assert.ok(ahead.includes(kidOf(next.id_token)))
      assert.equal((await client.tokenIntrospection(config, next.access_token)).active, true)
    } finally {
      shiftClock(-day - 1)
    }
  })

  it('is renewed after an emergency rotation, which ends the JWTs of the former key', async () => {
    const registered = await register(service, { audience: 'https://api.example.com' })
    const { tokens } = await signIn(service, await connect(service, registered), user.token)
    const config = await connect(service, registered)
    const isActive = async (token: string) => (await client.tokenIntrospection(config, token)).active
    assert.equal(await isActive(tokens.access_token), true)
    await service.roster.signingKeys.rotate(systemCaller, true)
    assert.equal(await isActive(tokens.access_token), false)
    assert.ok(!(await published()).includes(kidOf(tokens.id_token)))
    const next = await client.refreshTokenGrant(config, tokens.refresh_token!)
    assert.ok((await published()).includes(kidOf(next.id_token)))
    assert.equal(await isActive(next.access_token), true)
  })

  it('as a hint of a silent request is valid for its own user only', async () => {
    const [own, other] = [user, await service.createUser()]
    const config = await connect(service, await register(service))
    const { tokens } = await signIn(service, config, own.token)
    const hint = { prompt: 'none', id_token_hint: tokens.id_token! }
    const silent = async (as: TestUser) => {
      const { browser } = await signIn(service, config, as.token)
      const { landing } = await authorize(service, config, as.token, hint, browser)
      return landing.location?.searchParams.get('error') ?? landing.location?.searchParams.has('code')
    }
    assert.equal(await silent(own), true)
    assert.equal(await silent(other), 'login_required')
    const forged = { ...hint, id_token_hint: `${tokens.id_token!.slice(0, -8)}AAAAAAAA` }
    const { landing } = await authorize(service, config, own.token, forged)
    assert.equal(landing.location?.searchParams.get('error'), 'invalid_request')
    assert.equal(landing.location?.searchParams.get('iss'), publicUrl)
  })
})
