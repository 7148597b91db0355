/** Codes and tokens that work once, sent by several clients to two replicas at the same time. */
import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { decodeJwt } from 'jose'
import { authorization, onBothEngines, password, type Service } from '../harness.ts'
import { replicas } from '../security/replicas.ts'
import { createBrowser, patiently } from './browser.ts'
import { callback, publicUrl, type Registered, register } from './relying-party.ts'

const races = Number(process.env['RACES'] ?? 20)
const inRace = 4
const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'

onBothEngines('a code or token that several clients redeem at the same time', (engine) => {
  let services: readonly [Service, Service]
  let web: Registered
  let device: Registered
  let browser: ReturnType<typeof createBrowser>
  before(async () => {
    services = await replicas(engine, {})
    const [service] = services
    await service.createUser({ username: 'ann', roles: ['user'] })
    web = await register(service)
    device = await register(service, { kind: 'device', redirect_uris: [] })
  })
  /** Before the access token of the last sign-in, valid for ten minutes, has expired. */
  const signInSometimes = async (turn: number) => {
    if (turn % 50 !== 0) return
    const body = { username: 'ann', password }
    const { status, body: pair } = await services[0].call('POST', '/auth/login', { body })
    assert.equal(status, 200)
    browser = createBrowser(services[0].url, publicUrl, pair.access_token)
  }

  const post = async (service: Service, path: string, by: Registered, form: Record<string, string>) => {
    const isPublic = by.client_secret === null
    const response = await patiently(`${service.url}${path}`, {
      method: 'POST',
      headers: isPublic
        ? {}
        : { authorization: authorization({ username: by.client_id, password: by.client_secret! }) },
      body: new URLSearchParams({ ...form, ...(isPublic && { client_id: by.client_id }) }),
    })
    return { status: response.status, body: (await response.json()) as Record<string, string> }
  }
  const newCode = async () => {
    const query = new URLSearchParams({
      client_id: web.client_id,
      redirect_uri: callback,
      response_type: 'code',
      scope: 'openid',
    })
    return (await browser.follow(`/oauth2/authorize?${query}`)).location?.searchParams.get('code') ?? ''
  }
  const codeForm = (code: string) => ({ grant_type: 'authorization_code', code, redirect_uri: callback })
  /** How often one of the racing requests got tokens. */
  const race = async (by: Registered, form: Record<string, string>) => {
    const answers = await Promise.all(
      Array.from({ length: inRace }, (_, at) => post(services[at % 2]!, '/oauth2/token', by, form)),
    )
    for (const { status, body } of answers)
      assert.ok(status === 200 || body['error'] === 'invalid_grant', JSON.stringify(body))
    return answers.filter(({ status }) => status === 200).length
  }
  /** No race has two winners. It can have none: a second use ends what the first one got before that has its answer. */
  const raceOften = async (begin: () => Promise<[Registered, Record<string, string>]>) => {
    const winners = []
    for (let turn = 0; turn < races; turn += 1) {
      await signInSometimes(turn)
      winners.push(await race(...(await begin())))
    }
    assert.deepEqual(
      winners.filter((count) => count > 1),
      [],
    )
    assert.ok(winners.includes(1))
  }

  it('an authorization code gives tokens once', () => raceOften(async () => [web, codeForm(await newCode())]))

  it('a refresh token has one successor, also when several clients send it', async () => {
    for (let turn = 0; turn < races; turn += 1) {
      await signInSometimes(turn)
      const { body } = await post(services[0], '/oauth2/token', web, codeForm(await newCode()))
      const form = { grant_type: 'refresh_token', refresh_token: body['refresh_token'] ?? '' }
      const answers = await Promise.all(
        Array.from({ length: inRace }, (_, at) => post(services[at % 2]!, '/oauth2/token', web, form)),
      )
      const successors = new Set(answers.map(({ body }) => body['refresh_token'] ?? body['error']))
      assert.equal(successors.size, 1, [...successors].join(' '))
    }
  })

  it('a device code gives tokens once', () =>
    raceOften(async () => {
      const { body } = await post(services[0], '/oauth2/device-authorization', device, { scope: 'openid' })
      const xsrf = (text: string) => /name="xsrf" value="([^"]+)"/.exec(text)?.[1] ?? ''
      const first = await browser.follow('/oauth2/device')
      const form = { xsrf: xsrf(first.text), user_code: body['user_code'] ?? '', confirm: 'yes' }
      assert.match((await browser.follow('/oauth2/device', form)).text, /Device connected/)
      return [device, { grant_type: deviceGrant, device_code: body['device_code'] ?? '' }]
    }))

  it('a device code is decided by one user only, who is told so', async () => {
    const users = await Promise.all([services[0].createUser(), services[1].createUser()])
    /** The form for the decision of this user, and a press of one of its buttons. */
    const open = async (service: Service, as: string, user_code: string) => {
      const own = createBrowser(service.url, publicUrl, as)
      const first = await own.follow('/oauth2/device')
      const page = await own.follow('/oauth2/device', { xsrf: xsrfIn(first.text), user_code })
      assert.match(page.text, /name="confirm"/)
      return async (button: 'confirm' | 'abort') => {
        const sent = { xsrf: xsrfIn(page.text), user_code, [button]: 'yes' }
        const { text } = await own.follow('/oauth2/device', sent)
        return /Device connected|not connected|used before/.exec(text)?.[0] ?? text
      }
    }
    const xsrfIn = (text: string) => /name="xsrf" value="([^"]+)"/.exec(text)?.[1] ?? ''
    const own = await register(services[0], { kind: 'device', redirect_uris: [], first_party: true })
    for (const buttons of [
      ['confirm', 'confirm'],
      ['confirm', 'abort'],
    ] as const)
      for (let turn = 0; turn < races; turn += 1) {
        const { body } = await post(services[0], '/oauth2/device-authorization', own, { scope: 'openid' })
        const presses = await Promise.all(
          users.map(({ token }, at) => open(services[at]!, token, body['user_code'] ?? '')),
        )
        const told = await Promise.all(presses.map((press, at) => press(buttons[at]!)))
        const decided = told.filter((text) => text !== 'used before')
        assert.equal(decided.length, 1, `${buttons}: ${told}`)
        const form = { grant_type: deviceGrant, device_code: body['device_code'] ?? '' }
        const got = await post(services[1], '/oauth2/token', own, form)
        if (decided[0] === 'not connected') assert.equal(got.body['error'], 'access_denied')
        else {
          const { sub } = decodeJwt(got.body['id_token'] ?? '')
          assert.equal(sub, users[told.indexOf('Device connected')]!.id)
        }
      }
  })
})
