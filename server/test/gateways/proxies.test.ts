/** The examples of `docs/gateways.md`, with the real proxies where the machine has them. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { patiently, until } from '../harness/wait.ts'
import { createEngine, password } from '../harness.ts'
import { freePort } from './nginx.ts'

const page = readFileSync(new URL('../../../docs/gateways.md', import.meta.url), 'utf8')
const example = (language: string) => new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(page)![1]!
const find = (name: string) =>
  ['/usr/sbin', '/usr/bin', '/usr/local/bin'].map((folder) => join(folder, name)).find(existsSync)

const proxies: [name: string, start: (program: string, folder: string, config: string) => string[]][] = [
  [
    'nginx',
    (_, folder, config) => {
      const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
        .map((kind) => `${kind}_temp_path ${folder}/${kind};`)
        .join('\n')
      const all = `daemon off; pid ${folder}/pid; error_log ${folder}/error.log;
events {}
http { access_log off; ${temporary}\n${config} }`
      writeFileSync(join(folder, 'config'), all)
      return ['-p', folder, '-c', join(folder, 'config'), '-e', join(folder, 'error.log')]
    },
  ],
  [
    'caddy',
    (_, folder, config) => {
      writeFileSync(join(folder, 'config'), `{\n  admin off\n}\n${config}`)
      return ['run', '--adapter', 'caddyfile', '--config', join(folder, 'config')]
    },
  ],
]

describe('a proxy in front of an application', () => {
  for (const [name, argumentsOf] of proxies) {
    const program = find(name)
    const skip = program === undefined && `${name} is not installed`
    it(`${name} lets signed-in users pass and tells the application who they are`, { skip }, async (t) => {
      const { engine, cleanUp } = createEngine('sqlite')
      t.after(cleanUp)
      const service = await engine.start({ ROSTER_TRUSTED_PROXIES: '127.0.0.1' })
      const user = await service.createUser({ username: 'ann' })
      const application = await startApplication(t)
      const port = await freePort()
      const config = example(name === 'nginx' ? 'nginx' : 'caddyfile')
        .replaceAll('127.0.0.1:8000', new URL(service.url).host)
        .replaceAll('127.0.0.1:3000', `127.0.0.1:${application.port}`)
        .replace(/\b8080\b/, String(port))
      const folder = mkdtempSync(join(tmpdir(), `roster-${name}-`))
      const child = spawn(program!, argumentsOf(program!, folder, config), {
        env: { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
        stdio: 'ignore',
      })
      const exited = new Promise((resolve) => child.once('exit', resolve))
      t.after(async () => {
        child.kill('SIGTERM')
        await exited
        rmSync(folder, { recursive: true, force: true })
      })
      const ask = (path: string, options: Asked = {}) => patiently(() => send(port, path, options), isRefusal)
      await until(() => {
        assert.equal(child.exitCode, null, `${name} does not answer`)
        return ask('/').catch(() => null)
      }, name)

      const html = { accept: 'text/html' }
      const forged = {
        'x-roster-user': 'forged',
        'x-roster-email': 'ceo@example.com',
        'x-roster-roles': 'admin',
      }
      const away = await ask('/reports?year=2026', { headers: { ...html, ...forged } })
      assert.equal(away.status, 303)
      const location = new URL(away.headers['location']!, 'http://roster.test')
      assert.equal(location.pathname, '/sign-in')
      assert.equal(location.searchParams.get('return_to'), '/reports?year=2026')
      assert.equal(application.seen.length, 0)

      const signIn = await ask('/auth/session', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username: 'ann', password }),
      })
      assert.equal(signIn.status, 200, signIn.text)
      const cookie = signIn.headers['set-cookie']![0]!.split(';')[0]!

      const inside = await ask('/reports?year=2026', { headers: { ...html, ...forged, cookie } })
      assert.deepEqual([inside.status, inside.text], [200, 'application'])
      const [seen] = application.seen
      assert.equal(seen!.url, '/reports?year=2026')
      const told = ['user', 'username', 'email', 'roles'].map((one) => seen!.headers[`x-roster-${one}`] ?? '')
      assert.deepEqual(told, [user.id, 'ann', '', 'user'])

      const posted = await ask('/reports', {
        method: 'POST',
        headers: { cookie, 'content-type': 'text/plain', accept: 'image/png' },
        body: 'something',
      })
      assert.equal(posted.status, 200)
      assert.equal(application.seen[1]!.method, 'POST')

      const ownPage = { cookie, 'sec-fetch-site': 'same-origin' }
      assert.equal((await ask('/auth/session', { method: 'DELETE', headers: ownPage })).status, 204)
      assert.equal((await ask('/reports', { headers: { ...html, cookie } })).status, 303)
      assert.equal(application.seen.length, 2)
    })
  }
})

async function startApplication(t: TestContext) {
  const seen: Pick<IncomingMessage, 'method' | 'url' | 'headers'>[] = []
  const server = createServer(({ method, url, headers }, response) => {
    seen.push({ method: method!, url: url!, headers })
    response.end('application')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { seen, port: (server.address() as AddressInfo).port }
}

/** On a busy machine the service refuses requests, which nginx answers with 500; the application has not seen them. */
const isRefusal = ({ status }: { status: number }) => status >= 500

type Asked = { method?: string; headers?: Record<string, string>; body?: string }

function send(port: number, path: string, { method = 'GET', headers = {}, body }: Asked) {
  return new Promise<{ status: number; headers: IncomingMessage['headers']; text: string }>(
    (resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port, path, method, headers }, async (answer) => {
        const chunks: Buffer[] = []
        for await (const chunk of answer) chunks.push(chunk as Buffer)
        resolve({
          status: answer.statusCode!,
          headers: answer.headers,
          text: Buffer.concat(chunks).toString(),
        })
      })
      asked.on('error', reject)
      asked.end(body)
    },
  )
}
