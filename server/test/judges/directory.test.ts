/** People of a real LDAP server, OpenLDAP's slapd. `install.sh` installs it; SLAPD_ROOT is a folder with one that is not. */
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { until } from '../harness/wait.ts'
import { createEngine } from '../harness.ts'
import { createPlace } from '../transfer/command-line.ts'

const root = process.env['SLAPD_ROOT'] ?? ''
const slapd = `${root}/usr/sbin/slapd`
const isInstalled = existsSync(slapd)
const bcrypt = '$2b$04$yNlujh7EOn8opdJCJyEvP.t9.DGItbzj6K00PadMmXojpOCSEU7zG'
const typed = 'plums in the cellar 9'
/** More than two pages. */
const count = 1200
const libraries = [`${root}/usr/lib/x86_64-linux-gnu`, `${root}/lib/x86_64-linux-gnu`].join(':')
const env = { ...process.env, ...(root && { LD_LIBRARY_PATH: libraries }) }

const person = (at: number, more = '') =>
  `dn: uid=p${at},ou=people,dc=example,dc=com\nobjectClass: inetOrgPerson\nuid: p${at}\ncn: Person ${at}\nsn: Müller\nmail: p${at}@example.com\nuserPassword: {CRYPT}${bcrypt}\n${more}\n`
const entries = `dn: dc=example,dc=com\nobjectClass: domain\ndc: example\n\ndn: ou=people,dc=example,dc=com\nobjectClass: organizationalUnit\nou: people\n\n${Array.from({ length: count }, (_, at) => person(at)).join('')}`

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

const answers = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true))
    socket.on('error', () => resolve(false)).on('connect', () => socket.end())
  })

/** An authority of our own, and a certificate of it for `127.0.0.2`, which does not count as this machine. */
function makeCertificates(folder: string): { authority: string; conf: string } {
  const at = (name: string) => join(folder, name)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' })
  const key = (name: string) => ['-newkey', 'rsa:2048', '-nodes', '-keyout', at(name)]
  openssl('req', '-x509', ...key('ca.key'), '-days', '1', '-out', at('ca.crt'), '-subj', '/CN=Own')
  openssl('req', ...key('server.key'), '-out', at('server.csr'), '-subj', '/CN=directory')
  writeFileSync(at('names'), 'subjectAltName=IP:127.0.0.2')
  const signed = ['-CA', at('ca.crt'), '-CAkey', at('ca.key'), '-CAcreateserial', '-extfile', at('names')]
  openssl('x509', '-req', '-in', at('server.csr'), ...signed, '-days', '1', '-out', at('server.crt'))
  return {
    authority: at('ca.crt'),
    conf: `TLSCertificateFile ${at('server.crt')}\nTLSCertificateKeyFile ${at('server.key')}\n`,
  }
}

describe('an import straight from a directory', { skip: !isInstalled && 'slapd is not installed' }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'roster-slapd-'))
  const target = createEngine('sqlite')
  let server: ChildProcess | undefined
  after(async () => {
    server?.kill('SIGKILL')
    await target.cleanUp()
    rmSync(folder, { recursive: true, force: true })
  })

  it('reads all pages with ids and passwords, and reports faults', { timeout: 240_000 }, async () => {
    mkdirSync(join(folder, 'data'))
    const schemas = ['core', 'cosine', 'inetorgperson'].map(
      (name) => `include ${root}/etc/ldap/schema/${name}.schema`,
    )
    const conf = join(folder, 'slapd.conf')
    const { authority, conf: tls } = makeCertificates(folder)
    writeFileSync(
      conf,
      `${schemas.join('\n')}\nmodulepath ${root}/usr/lib/ldap\nmoduleload back_mdb\n${tls}database mdb\nsuffix dc=example,dc=com\nrootdn cn=admin,dc=example,dc=com\nrootpw reader-secret\ndirectory ${folder}/data\nmaxsize 104857600\naccess to attrs=userPassword by * none\naccess to * by * read\n`,
    )
    writeFileSync(join(folder, 'entries.ldif'), entries)
    execFileSync(slapd, ['-T', 'add', '-f', conf, '-l', join(folder, 'entries.ldif')], { env })
    const [port, securePort] = [await freePort(), await freePort()]
    const listening = `ldap://127.0.0.1:${port} ldap://127.0.0.2:${port} ldaps://127.0.0.2:${securePort}`
    server = spawn(slapd, ['-f', conf, '-h', listening, '-d', '0'], { env, stdio: 'ignore' })
    await until(() => answers(port), 'the directory')

    const place = await createPlace(target.engine)
    const url = `ldap://127.0.0.1:${port}`
    const base = ['--base', 'ou=people,dc=example,dc=com']
    const signedIn = [...base, '--bind-dn', 'cn=admin,dc=example,dc=com', '--bind-password-stdin']
    const run = (password: string, ...args: string[]) =>
      place.finish('users', 'import', url, ...args, '--json', { input: `${password}\n` })
    const wrong = await run('certainly another', ...signedIn)
    assert.notEqual(wrong.code, 0)
    assert.match(wrong.out + wrong.err, /The directory cannot be read: .*(redential|49)/)
    const done = await run('reader-secret', ...signedIn)
    assert.equal(done.code, 0, done.out + done.err)
    assert.deepEqual([JSON.parse(done.out).created, JSON.parse(done.out).failed], [count, 0])
    const again = await run('reader-secret', ...signedIn, '--filter', '(uid=p7)')
    assert.deepEqual([JSON.parse(again.out).created, JSON.parse(again.out).skipped], [0, 1])
    // Anonymous readers get no passwords here, and no more entries than the server sends for one request.
    const anonymous = await run('', ...base, '--filter', '(uid=p8)', '--dry-run')
    assert.equal(anonymous.code, 0, anonymous.err)

    // With TLS from the beginning, and with StartTLS; the certificate is checked either way.
    for (const secure of [`ldaps://127.0.0.2:${securePort}`, `ldap://127.0.0.2:${port}`]) {
      const args = ['users', 'import', secure, ...signedIn, '--filter', '(uid=p9)', '--json']
      const input = { input: 'reader-secret\n' }
      const refused = await place.finish(...args, input)
      assert.notEqual(refused.code, 0)
      assert.match(refused.out + refused.err, /certificate.*NODE_EXTRA_CA_CERTS/)
      const trusting = await place.finish(...args, input, { env: { NODE_EXTRA_CA_CERTS: authority } })
      assert.equal(trusting.code, 0, trusting.out + trusting.err)
      assert.equal(JSON.parse(trusting.out).skipped, 1)
      assert.equal(trusting.err.includes('Warning'), false, trusting.err)
    }

    const service = await place.serve()
    const { status, body } = await service.call('POST', '/auth/login', {
      body: { username: `p${count - 1}`, password: typed },
    })
    assert.equal(status, 200)
    assert.equal(body.user.last_name, 'Müller')
    assert.match(body.user.external_id, /^[0-9a-f]{8}-[0-9a-f-]{27}$/)
    place.clear()
  })
})
