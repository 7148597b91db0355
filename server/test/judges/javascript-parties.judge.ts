/** Fastify with openid-client and Next.js with Auth.js, as `docs/connect/` shows them. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import {
  createMember,
  createTraveller,
  example,
  exampleAfter,
  freePort,
  registerAt,
  startIssuer,
  startProgram,
} from './judge.ts'

const packages = process.env['JUDGES_NODE'] ?? '/opt/roster-judges/node'
const files = ['auth.js', 'app/api/auth/[...nextauth]/route.js', 'app/sign-in/route.js', 'app/route.js']

/** An issuer, a user in a group, and an application at `base`. */
async function prepare(t: TestContext, path: string) {
  const { service, issuer } = await startIssuer(t)
  const user = await createMember(service)
  const port = await freePort()
  const base = `http://localhost:${port}`
  const { client_id, client_secret } = await registerAt(service, base, { redirect_uris: [base + path] })
  // Below the folder with the packages, where programs find them.
  const folder = mkdtempSync(join(packages, 'roster-party-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const env = { ISSUER: issuer, CLIENT_ID: client_id, CLIENT_SECRET: client_secret, PORT: String(port) }
  const seen = { email: user.email, roles: ['user'], groups: ['Staff'] }
  return { issuer, user, seen, port, base, folder, env }
}

/** Signs in, and reads what the application shows. */
async function enter(issuer: string, base: string) {
  const stranger = createTraveller()
  assert.equal((await stranger.visit(base)).url.pathname, '/sign-in')
  const browser = createTraveller()
  await browser.signIn(issuer, 'ann')
  const { text } = await browser.visit(base)
  assert.match(text, /^\{/, text)
  return JSON.parse(text)
}

describe('relying parties in JavaScript', () => {
  it('Fastify signs a user in with roles and groups', async (t) => {
    const { issuer, user, seen, base, folder, env } = await prepare(t, '/callback')
    // The issuer of this test is not https.
    const insecure = 'CLIENT_SECRET, undefined, { execute: [client.allowInsecureRequests] })'
    const code = example('fastify.md', 'js').replace('CLIENT_SECRET)', insecure)
    writeFileSync(join(folder, 'app.mjs'), code)
    await startProgram(t, base, [process.execPath, 'app.mjs'], {
      cwd: folder,
      env: { ...env, BASE_URL: base, SESSION_SECRET: 'x'.repeat(32) },
    })
    assert.deepEqual(await enter(issuer, base), { sub: user.id, ...seen })
  })

  it('Next.js signs a user in with roles and groups', async (t) => {
    const { issuer, user, seen, base, port, folder, env } = await prepare(t, '/api/auth/callback/roster')
    for (const file of files) {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      writeFileSync(join(folder, file), exampleAfter('next.md', 'js', `\`${file}\``))
    }
    writeFileSync(join(folder, 'package.json'), '{"name":"wiki","private":true}')
    const next = join(packages, 'node_modules/next/dist/bin/next')
    await startProgram(t, base, [process.execPath, next, 'dev', '--port', String(port)], {
      cwd: folder,
      env: { ...env, AUTH_URL: base, AUTH_SECRET: 'x'.repeat(44), NEXT_TELEMETRY_DISABLED: '1' },
    })
    const { id, email, roles, groups } = await enter(issuer, base)
    assert.deepEqual({ id, email, roles, groups }, { id: user.id, ...seen })
  })
})
