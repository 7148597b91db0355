/** `deploy/proxy/nginx.conf` as it stands, but for names and addresses, with a real nginx in front of two replicas. */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { patiently, until } from '../harness/wait.ts'
import { authorization, createEngine, password } from '../harness.ts'
import { freePort } from '../postgres-server.ts'

const nginx = '/usr/sbin/nginx'
const file = new URL('../../../deploy/proxy/nginx.conf', import.meta.url)

it('nginx with TLS spreads requests over two replicas, names the client, and continues when one stops', {
  skip: !existsSync(nginx) && 'nginx is not installed',
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'roster-nginx-'))
  const { engine, cleanUp } = createEngine('postgres')
  t.after(async () => {
    await cleanUp()
    rmSync(folder, { recursive: true, force: true })
  })
  const settings = {
    DATABASE_URL: await engine.createDatabase(),
    ROSTER_PUBLIC_URL: 'https://users.example.com',
    ROSTER_TRUSTED_PROXIES: '127.0.0.1',
    ROSTER_SHUTDOWN_DELAY_SECONDS: '0',
  }
  const replicas = [await engine.start(settings), await engine.start(settings)] as const
  const port = await freePort()
  certify(folder)
  const config = readFileSync(file, 'utf8')
    .replace('10.0.0.11:8000', new URL(replicas[0].url).host)
    .replace('10.0.0.12:8000', new URL(replicas[1].url).host)
    .replace('listen 443', `listen 127.0.0.1:${port}`)
    .replaceAll('/etc/nginx/', `${folder}/`)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${folder}/${kind};`,
  )
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; pid ${folder}/pid;\nevents {}\nhttp { access_log off; ${temporary.join(' ')}\n${config} }`,
  )
  const child = spawn(nginx, ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'log')], {
    stdio: 'ignore',
  })
  const exited = new Promise((resolve) => child.once('exit', resolve))
  t.after(() => child.kill('SIGTERM') && exited)

  const ca = readFileSync(join(folder, 'users.example.com.crt'), 'utf8')
  const call = (method: string, path: string, headers: Record<string, string> = {}, body?: object) =>
    patiently(
      () => send({ port, method, path, headers, ca }, body && JSON.stringify(body)),
      // A busy machine refuses work, which changes nothing.
      ({ text }) => text.includes('"overloaded"'),
    )
  await until(() => {
    assert.equal(child.exitCode, null, 'nginx does not answer')
    return call('GET', '/health/live').catch(() => null)
  }, 'nginx')

  const json = { 'content-type': 'application/json' }
  const created = await call(
    'POST',
    '/users',
    { ...json, 'x-forwarded-for': '203.0.113.9' },
    { username: 'ann', email: 'ann@example.com', password },
  )
  assert.equal(created.status, 201, created.text)
  const basic = { authorization: authorization({ username: 'ann', password }) }
  for (let turn = 0; turn < 4; turn += 1) assert.equal((await call('GET', '/users/me', basic)).status, 200)
  const requests = replicas.map((each) => each.logs().filter(({ route }) => route))
  for (const lines of requests) assert.ok(lines.length > 0, 'each replica gets requests')
  // What the client says of itself is replaced.
  for (const { address } of requests.flat()) assert.equal(address, '127.0.0.1')

  await replicas[0].roster.app.close()
  for (let turn = 0; turn < 4; turn += 1) assert.equal((await call('GET', '/users/me', basic)).status, 200)
})

function certify(folder: string): void {
  const [key, certificate] = ['key', 'crt'].map((ending) => join(folder, `users.example.com.${ending}`))
  execFileSync(
    'openssl',
    `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=users.example.com -addext subjectAltName=DNS:users.example.com -keyout ${key} -out ${certificate}`.split(
      ' ',
    ),
    { stdio: 'ignore' },
  )
}

type Asked = { port: number; method: string; path: string; headers: Record<string, string>; ca: string }

function send(asked: Asked, body?: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ ...asked, host: '127.0.0.1', servername: 'users.example.com' }, async (answer) => {
      const text = Buffer.concat(await answer.toArray()).toString()
      resolve({ status: answer.statusCode!, text })
    })
    sent.on('error', reject).end(body)
  })
}
