/** Keycloak, which signs users in through the service as the documentation shows it, and through which the service does. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import {
  createTraveller,
  example,
  exampleAfter,
  folderFor,
  freePort,
  registerAt,
  startIssuer,
  startProgram,
} from './judge.ts'

const home = process.env['KEYCLOAK'] ?? '/opt/roster-judges/keycloak'
const callback = 'http://localhost:9/callback'

/** A Keycloak with the realm `wiki`; `KEYCLOAK_URL` names one that runs, without that realm. */
async function startKeycloak(t: TestContext) {
  let url = process.env['KEYCLOAK_URL']
  if (!url) {
    const port = await freePort()
    url = `http://localhost:${port}`
    const folder = folderFor(t, 'keycloak')
    await startProgram(
      t,
      `${url}/realms/master`,
      [`${home}/bin/kc.sh`, 'start-dev', '--cache=local', '--db=dev-mem', `--http-port=${port}`],
      {
        cwd: folder,
        env: {
          JAVA_OPTS_KC_HEAP: '-Xmx512m',
          KC_BOOTSTRAP_ADMIN_USERNAME: 'admin',
          KC_BOOTSTRAP_ADMIN_PASSWORD: 'admin',
        },
      },
    )
  }
  const tokens = async (realm: string, form: Record<string, string>) => {
    const path = `${url}/realms/${realm}/protocol/openid-connect/token`
    const answer = await fetch(path, { method: 'POST', body: new URLSearchParams(form) })
    const body = (await answer.json()) as Record<string, string>
    assert.equal(answer.status, 200, JSON.stringify(body))
    return body
  }
  const signIn = { grant_type: 'password', client_id: 'admin-cli', username: 'admin', password: 'admin' }
  const api = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const { access_token } = await tokens('master', signIn)
    const answer = await fetch(`${url}/admin/realms${path}`, {
      method,
      headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await answer.text()
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`)
    return text === '' ? null : JSON.parse(text)
  }
  await api('POST', '', { realm: 'wiki', enabled: true, sslRequired: 'none' })
  t.after(() => api('DELETE', '/wiki').catch(() => {}))
  await api('POST', '/wiki/roles', { name: 'member' })
  return { url, realm: `${url}/realms/wiki`, api, tokens }
}

const client = {
  secret: 'client-secret',
  publicClient: false,
  standardFlowEnabled: true,
  clientAuthenticatorType: 'client-secret',
}
const claimsOf = (token = '') =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>

describe('Keycloak', () => {
  it('signs users in through the service, and the service through it', async (t) => {
    const keycloak = await startKeycloak(t)
    await t.test('as a broker, with address and role', (t) => brokers(t, keycloak))
    await t.test('as a provider, with address and role', (t) => provides(t, keycloak))
  })
})

type Keycloak = Awaited<ReturnType<typeof startKeycloak>>

async function brokers(t: TestContext, keycloak: Keycloak): Promise<void> {
  const { service, issuer } = await startIssuer(t)
  const user = await service.createUser({
    ...{ username: 'ann', first_name: 'Ann', last_name: 'Lee' },
    ...{ roles: ['user'], email_verified: true },
  })
  const application = await registerAt(service, keycloak.url, {
    redirect_uris: [`${keycloak.realm}/broker/roster/endpoint`],
  })
  const provider = example('keycloak.md', 'json')
    .replaceAll('https://users.example.com', issuer)
    .replace('CLIENT_ID', application.client_id)
    .replace('CLIENT_SECRET', application.client_secret)
  await keycloak.api('POST', '/wiki/identity-provider/instances', provider)
  const mapper = exampleAfter('keycloak.md', 'json', '`mapper.json`')
  await keycloak.api('POST', '/wiki/identity-provider/instances/roster/mappers', mapper)
  await keycloak.api('POST', '/wiki/clients', { ...client, clientId: 'wiki', redirectUris: [callback] })

  const enter = async (browser: ReturnType<typeof createTraveller>) => {
    const query = new URLSearchParams({
      ...{ client_id: 'wiki', redirect_uri: callback, response_type: 'code' },
      ...{ scope: 'openid', kc_idp_hint: 'roster' },
    })
    return browser.visit(`${keycloak.realm}/protocol/openid-connect/auth?${query}`, callback)
  }
  const browser = createTraveller()
  assert.equal((await enter(browser)).url.pathname, '/sign-in')
  await browser.signIn(issuer, 'ann')
  const { url, text } = await enter(browser)
  const code = url.searchParams.get('code')
  assert.ok(code, `${url} ${text}`)
  const { access_token } = await keycloak.tokens('wiki', {
    ...{ grant_type: 'authorization_code', client_id: 'wiki', client_secret: client.secret },
    ...{ code, redirect_uri: callback },
  })
  const { email, email_verified, preferred_username, realm_access } = claimsOf(access_token)
  assert.deepEqual([email, email_verified, preferred_username], [user.email, true, 'ann'])
  assert.ok((realm_access as { roles: string[] }).roles.includes('member'))
}

async function provides(t: TestContext, keycloak: Keycloak): Promise<void> {
  const { service, issuer } = await startIssuer(t, { ROSTER_OUTGOING_NETWORKS: '127.0.0.0/8,::1/128' })
  const as = (await service.admin()).token
  const redirectUris = [`${issuer}/auth/providers/keycloak/callback`]
  const roles = {
    ...{ name: 'roles', protocol: 'openid-connect', protocolMapper: 'oidc-usermodel-realm-role-mapper' },
    config: {
      ...{ 'claim.name': 'realm_access.roles', multivalued: 'true', 'jsonType.label': 'String' },
      ...{ 'id.token.claim': 'true', 'access.token.claim': 'true' },
    },
  }
  await keycloak.api('POST', '/wiki/clients', {
    ...{ ...client, clientId: 'roster', redirectUris, protocolMappers: [roles] },
  })
  await keycloak.api('POST', '/wiki/users', {
    ...{ username: 'bob', email: 'bob@example.com', emailVerified: true, enabled: true },
    ...{ firstName: 'Bob', lastName: 'Ray' },
    credentials: [{ type: 'password', value: 'bobs password', temporary: false }],
  })
  const [bob] = (await keycloak.api('GET', '/wiki/users?username=bob')) as { id: string }[]
  const member = await keycloak.api('GET', '/wiki/roles/member')
  await keycloak.api('POST', `/wiki/users/${bob!.id}/role-mappings/realm`, [member])

  await service.call('POST', '/roles', { as, body: { name: 'colleague', permissions: [] } })
  const made = await service.call('POST', '/identity-providers', {
    as,
    body: {
      ...{ kind: 'oidc', id: 'keycloak', name: 'Keycloak', issuer: keycloak.realm },
      ...{ client_id: 'roster', client_secret: client.secret, sign_up: 'open', domains: ['example.com'] },
      role_rules: [{ claim: 'realm_access.roles', value: 'member', role: 'colleague' }],
    },
  })
  assert.equal(made.status, 201, made.text)
  const browser = createTraveller()
  const form = await browser.visit(`${issuer}/auth/providers/keycloak/start`)
  const action = /action="([^"]+)"/.exec(form.text)?.[1]?.replaceAll('&amp;', '&')
  assert.ok(action, form.text)
  const landing = await browser.submit(action, { username: 'bob', password: 'bobs password' })
  assert.equal(landing.url.origin, issuer, landing.text)
  const { body: found } = await service.call('GET', '/users?username=bob', { as })
  assert.deepEqual(
    [found[0].email, found[0].email_verified, found[0].roles],
    ['bob@example.com', true, ['colleague', 'user']],
  )
  const { body: linked } = await service.call('GET', `/users/${found[0].id}/identities`, { as })
  assert.deepEqual([linked[0].issuer, linked[0].subject], [keycloak.realm, bob!.id])
}
