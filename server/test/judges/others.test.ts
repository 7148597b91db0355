/** Software from other package registries, where the machine has it: `server/test/judges/install.sh` installs it on Debian. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { until } from '../harness/wait.ts'
import {
  createTraveller,
  example,
  folderFor,
  freePort,
  registerAt,
  startIssuer,
  startProgram,
} from './judge.ts'

const python = process.env['JUDGES_PYTHON'] ?? '/opt/roster-judges/bin/python'
const apache = '/usr/sbin/apache2'
const modules = '/usr/lib/apache2/modules'
const hasPython = spawnSync(python, ['-c', 'import authlib, flask, requests']).status === 0
const hasApache = existsSync(apache) && existsSync(join(modules, 'mod_auth_openidc.so'))

describe('software from other registries', () => {
  it('Flask with Authlib signs a user in', { skip: !hasPython && 'Authlib is not installed' }, async (t) => {
    const { service, issuer } = await startIssuer(t)
    const user = await service.createUser({ username: 'ann', roles: ['user'] })
    const port = await freePort()
    const base = `http://localhost:${port}`
    const { client_id, client_secret } = await registerAt(service, base, {})
    const folder = folderFor(t, 'flask')
    writeFileSync(join(folder, 'app.py'), example('flask.md', 'python'))
    await startProgram(t, base, [python, 'app.py'], {
      cwd: folder,
      env: {
        ISSUER: issuer,
        CLIENT_ID: client_id,
        CLIENT_SECRET: client_secret,
        BASE_URL: base,
        SESSION_SECRET: 'x'.repeat(32),
        PORT: String(port),
      },
    })
    const browser = createTraveller()
    await browser.signIn(issuer, 'ann')
    const { text } = await browser.visit(base)
    assert.deepEqual(JSON.parse(text), { sub: user.id, email: user.email, roles: ['user'] })
  })

  it('Apache with mod_auth_openidc signs a user in, requires a role, and follows the sign-out', {
    skip: !hasApache && 'mod_auth_openidc is not installed',
  }, async (t) => {
    const { service, issuer } = await startIssuer(t)
    const user = await service.createUser({ username: 'ann', roles: ['user'] })
    const port = await freePort()
    const base = `http://localhost:${port}`
    const { client_id, client_secret } = await registerAt(service, base, {
      backchannel_logout_uri: `${base}/callback?logout=backchannel`,
    })
    const folder = folderFor(t, 'apache')
    writeFileSync(join(folder, 'index.html'), 'the wiki')
    const config = example('apache.md', 'apache')
      .replace('https://users.example.com', issuer)
      .replaceAll('https://wiki.example.com', base)
      .replace('CLIENT_ID', client_id)
      .replace('CLIENT_SECRET', client_secret)
      .replace('CRYPTO_PASSPHRASE', 'x'.repeat(32))
    const loaded = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'dir', 'auth_openidc']
    writeFileSync(
      join(folder, 'httpd.conf'),
      `ServerName localhost
Listen 127.0.0.1:${port}
PidFile ${folder}/pid
DefaultRuntimeDir ${folder}
ErrorLog ${folder}/error.log
User www-data
Group www-data
${loaded.map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`).join('\n')}
DocumentRoot ${folder}
${config}`,
    )
    spawnSync('chmod', ['-R', 'a+rX', folder])
    await startProgram(t, base, [apache, '-X', '-f', join(folder, 'httpd.conf')], { cwd: folder, env: {} })
    const browser = createTraveller()
    await browser.signIn(issuer, 'ann')
    assert.equal((await browser.visit(`${base}/index.html`)).text, 'the wiki')
    await service.call('DELETE', '/users/me/sessions', { as: user.token })
    const page = async () => (await browser.visit(`${base}/index.html`)).url.pathname
    await until(async () => (await page()) === '/sign-in', 'the sign-in page')
    assert.deepEqual(
      service.logs().filter(({ event }) => event === 'logout.not_delivered'),
      [],
    )

    await service.createUser({ username: 'bob', roles: [] })
    const other = createTraveller()
    await other.signIn(issuer, 'bob')
    assert.notEqual((await other.visit(`${base}/index.html`)).text, 'the wiki')
  })
})
