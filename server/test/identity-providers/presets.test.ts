/** Providers that do not follow OpenID Connect to the letter: GitHub and Apple. */
import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, it } from 'node:test'
import { onBothEngines, type Service, type TestUser } from '../harness.ts'
import { callbackOf, isNext, signingIn } from './signing-in.ts'
import { appleKey, startUpstream, type Upstream } from './upstream.ts'

type GithubUser = { id: unknown; login: string; name: string | null; email?: string }
type GithubEmail = { email: string; primary: boolean; verified: boolean }

/** What GitHub Enterprise Server answers, as far as a sign-in asks. */
async function startGithub() {
  const state = { user: {} as GithubUser, emails: [] as GithubEmail[] }
  const server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://github.test')
    const answer = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (url.pathname === '/login/oauth/authorize') {
      const back = new URL(url.searchParams.get('redirect_uri')!)
      back.search = new URLSearchParams({
        code: 'github-code',
        state: url.searchParams.get('state')!,
        iss: 'https://github.example/login/oauth',
      }).toString()
      return response.writeHead(302, { location: back.href }).end()
    }
    if (url.pathname === '/login/oauth/access_token')
      return answer(200, { access_token: 'github-token', token_type: 'bearer', scope: 'read:user' })
    if (request.headers.authorization !== 'Bearer github-token') return answer(401, {})
    return answer(200, url.pathname === '/api/v3/user' ? state.user : state.emails)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    state,
    issuer: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => new Promise((resolve) => server.close(resolve)),
  }
}

onBothEngines('signing in with GitHub and Apple', (engine) => {
  let service: Service
  let admin: TestUser
  let apple: Upstream
  let github: Awaited<ReturnType<typeof startGithub>>
  const { register, enter, callback, whoIs, travel } = signingIn(
    () => service,
    () => admin,
  )
  const key = appleKey()
  before(async () => {
    apple = await startUpstream([callbackOf('apple')])
    apple.applePublicKey = key.publicKey
    github = await startGithub()
    service = await engine.start({ ROSTER_OUTGOING_NETWORKS: '127.0.0.0/8' })
    admin = await service.admin()
    const rules = { sign_up: 'open', domains: ['*'] }
    await register({ kind: 'github', client_id: 'a', client_secret: 'b', issuer: github.issuer, ...rules })
    const ids = { client_id: 'apple', team_id: 'TEAM', key_id: 'KEY' }
    await register({ kind: 'apple', client_secret: key.p8, issuer: apple.issuer, ...ids, ...rules })
  })
  after(() => Promise.all([apple.stop(), github.stop()]))

  it('GitHub: the id is the identity, and only the verified primary address counts', async () => {
    const emails = [
      { email: 'other@mail.example', primary: false, verified: true },
      { email: 'octo@mail.example', primary: true, verified: true },
    ]
    Object.assign(github.state, {
      user: { id: 42, login: 'octo', name: 'Octo Cat', email: 'public@x.example' },
      emails,
    })
    const { user } = (await whoIs((await enter('github')).traveller))!
    assert.deepEqual([user.username, user.email, user.email_verified], ['octo', 'octo@mail.example', true])
    // The former owner released the login name, and another person has it now.
    Object.assign(github.state, { user: { id: 42, login: 'renamed', name: null }, emails: [] })
    assert.equal((await whoIs((await enter('github')).traveller))?.user.id, user.id)
    Object.assign(github.state, {
      user: { id: 43, login: 'octo', name: null, email: 'octo@mail.example' },
      emails: [{ email: 'octo@mail.example', primary: true, verified: false }],
    })
    const { traveller, fragment } = await enter('github')
    assert.equal(await whoIs(traveller), null)
    assert.ok(fragment.get('waiting'))
    Object.assign(github.state, { user: { id: '42', login: 'octo', name: null } })
    assert.equal((await enter('github')).landing.searchParams.get('provider_error'), 'unavailable')
  })

  it('Apple: the answer comes as a form of another site, and the secret is signed', async () => {
    isNext(apple, { sub: 'apple-1', email: 'hidden@relay.example', email_verified: 'true' })
    const first = await enter('apple')
    const { user } = (await whoIs(first.traveller))!
    assert.deepEqual([user.email, user.email_verified], ['hidden@relay.example', true])
    // What the browser says about the name is taken, what it says about the address is not.
    isNext(apple, { sub: 'apple-2', email: 'two@relay.example' })
    const traveller = travel()
    const url = await callback('apple', traveller)
    const name = { firstName: 'Ada', lastName: 'Lovelace' }
    url.searchParams.set('user', JSON.stringify({ name, email: 'admin@example.com' }))
    await traveller.visit(url)
    const second = (await whoIs(traveller))!.user as unknown as Record<string, string>
    assert.deepEqual([second['first_name'], second['email']], ['Ada', 'two@relay.example'])
  })

  it('a form of another site without an attempt of this browser opens nothing', async () => {
    const stranger = travel()
    const form = new URLSearchParams({ code: 'stolen', state: 'x'.repeat(43), id_token: 'y'.repeat(3000) })
    const sent = await stranger.visit(callbackOf('apple'), { form, from: 'https://evil.example' })
    assert.equal(sent.location?.searchParams.has('id_token'), false)
    const { location } = await stranger.visit(sent.location!)
    assert.equal(location?.searchParams.get('provider_error'), 'expired')
    const large = new URLSearchParams({ state: 'z'.repeat(20_000) })
    const refused = await stranger.visit(callbackOf('apple'), { form: large, from: 'https://evil.example' })
    assert.equal(refused.status, 413)
    assert.equal(await whoIs(stranger), null)
  })
})
