/** Spring Security, as `docs/connect/spring.md` shows it. Needs Maven and Java 17. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import {
  createMember,
  createTraveller,
  example,
  freePort,
  registerAt,
  startIssuer,
  startProgram,
} from './judge.ts'

describe('Spring Security', () => {
  it('signs a user in with roles and groups, and no user without the role', async (t) => {
    const { service, issuer } = await startIssuer(t)
    const user = await createMember(service)
    await service.createUser({ username: 'bob', roles: [] })
    const port = await freePort()
    const base = `http://localhost:${port}`
    const { client_id, client_secret } = await registerAt(service, base, {
      redirect_uris: [`${base}/login/oauth2/code/roster`],
    })
    const folder = mkdtempSync(join(tmpdir(), 'roster-spring-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    for (const part of ['java/wiki', 'resources'])
      mkdirSync(join(folder, 'src/main', part), { recursive: true })
    const pom = readFileSync(join(import.meta.dirname, 'protect/pom.xml'), 'utf8')
    writeFileSync(join(folder, 'pom.xml'), pom.replace('oauth2-resource-server', 'oauth2-client'))
    writeFileSync(join(folder, 'src/main/java/wiki/Wiki.java'), example('spring.md', 'java'))
    writeFileSync(join(folder, 'src/main/resources/application.yml'), example('spring.md', 'yaml'))
    execFileSync('mvn', ['-q', '-B', 'package'], { cwd: folder })
    await startProgram(t, base, ['java', '-jar', 'target/protect-1.jar'], {
      cwd: folder,
      env: {
        ISSUER: issuer,
        CLIENT_ID: client_id,
        CLIENT_SECRET: client_secret,
        SERVER_PORT: String(port),
      },
    })
    const browser = createTraveller()
    assert.equal((await browser.visit(base)).url.pathname, '/sign-in')
    await browser.signIn(issuer, 'ann')
    const { text } = await browser.visit(base)
    assert.match(text, /^\{/, text)
    assert.deepEqual(JSON.parse(text), {
      ...{ sub: user.id, email: user.email, roles: ['user'], groups: ['Staff'] },
    })
    const other = createTraveller()
    await other.signIn(issuer, 'bob')
    assert.equal((await other.visit(base)).status, 403)
  })
})
