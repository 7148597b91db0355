/**
 * Lets schemathesis judge a service of its own, as an administrator, as a plain user and without credentials.
 *
 * node sdk/judges/schemathesis.ts /tmp/judges/bin/schemathesis [EXAMPLES [CALLER …]]
 *
 * Prints the summary of each run and where the whole report is; ends with 1 when there are findings.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, mkdtempSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const [tool = 'schemathesis', examples = '12', ...chosen] = process.argv.slice(2)
const callers = chosen.length > 0 ? chosen : ['administrator', 'user', 'anonymous']
const root = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'roster-schemathesis-'))
const port = 20_000 + (process.pid % 10_000)
const url = `http://127.0.0.1:${port}`
const password = 'correct horse battery'

const service = spawn(process.execPath, [join(root, 'server/bin/roster.js'), 'serve'], {
  cwd: folder,
  env: {
    ...process.env,
    DATABASE_URL: `sqlite:${join(folder, 'roster.db')}`,
    ROSTER_PORT: String(port),
    ROSTER_PUBLIC_URL: url,
    ROSTER_RATE_LIMITS: 'off',
  },
  stdio: ['ignore', 'pipe', 'pipe'],
})
let output = ''
for (const stream of [service.stdout, service.stderr])
  stream.on('data', (text) => {
    output += String(text)
  })

async function call(
  method: string,
  path: string,
  body?: object,
  authorization?: string,
): Promise<Record<string, unknown>> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  // A busy machine refuses for a moment.
  if (response.status === 503) {
    await new Promise((resolve) => setTimeout(resolve, 2000))
    return call(method, path, body, authorization)
  }
  const answer = (await response.json()) as Record<string, unknown>
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`)
  return answer
}

const basic = (name: string) => `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`

/** Callers under test. The tool does not know the guardian, an account that makes new ones when the tool has ended one. */
type Caller = 'administrator' | 'user'
const credentials: Partial<Record<Caller, string>> = {}
let made = 0
let permissions: unknown

async function makeCaller(kind: Caller): Promise<string> {
  const username = `${kind}-${made++}`
  const roles = kind === 'administrator' ? ['admin', 'user'] : ['user']
  const account = { username, email: `${username}@example.com`, password, roles, email_verified: true }
  await call('POST', '/users', account, basic('guardian'))
  if (kind === 'user') return basic(username)
  const { secret } = await call('POST', '/api-keys', { name: 'judge', permissions }, basic(username))
  return `Bearer ${String(secret)}`
}

async function credentialOf(kind: Caller): Promise<string> {
  const known = credentials[kind]
  if (known !== undefined) {
    const path = kind === 'administrator' ? '/roles' : '/users/me'
    const { status } = await fetch(`${url}${path}`, { headers: { authorization: known } })
    if (status === 200 || status === 503) return known
  }
  credentials[kind] = await makeCaller(kind)
  return credentials[kind]
}

const credentialServer = createServer((request, response) => {
  credentialOf(request.url === '/administrator' ? 'administrator' : 'user').then(
    (credential) => response.end(credential),
    (error: unknown) => {
      console.error(error)
      response.writeHead(500).end()
    },
  )
}).listen(port + 1, '127.0.0.1')

async function prepare(): Promise<void> {
  while (!/"system.ready"/.test(output)) {
    if (service.exitCode !== null) throw new Error(output)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const token = /token=([\w-]+)/.exec(output)?.[1]
  await call('POST', '/auth/setup', {
    token,
    username: 'guardian',
    email: 'guardian@example.com',
    password,
  })
  permissions = (await call('GET', '/roles/admin', undefined, basic('guardian')))['permissions']
}

async function judge(who: Caller | 'anonymous'): Promise<number> {
  const report = join(folder, `${who}.txt`)
  const file = createWriteStream(report)
  const judging = spawn(
    tool,
    [
      '--config-file',
      join(import.meta.dirname, 'schemathesis.toml'),
      'run',
      `${url}/openapi.json`,
      '--checks',
      'all',
      '--phases',
      'examples,coverage,fuzzing',
      '--max-examples',
      examples,
      '--continue-on-failure',
    ],
    {
      cwd: folder,
      env: {
        ...process.env,
        PYTHONPATH: import.meta.dirname,
        PYTHONDONTWRITEBYTECODE: '1',
        SCHEMATHESIS_HOOKS: 'schemathesis_hooks',
        ...(who === 'anonymous' ? {} : { JUDGE_CREDENTIALS: `http://127.0.0.1:${port + 1}/${who}` }),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  judging.stdout.pipe(file, { end: false })
  judging.stderr.pipe(file, { end: false })
  const [code] = (await once(judging, 'close')) as [number]
  await new Promise((resolve) => file.end(resolve))
  const text = readFileSync(report, 'utf8')
  const summary = text.slice(Math.max(0, text.lastIndexOf('= SUMMARY')))
  console.log(`${who}: ${report}\n${summary}`)
  return code
}

try {
  await prepare()
  for (const who of callers) if ((await judge(who as Caller | 'anonymous')) !== 0) process.exitCode = 1
} finally {
  credentialServer.close()
  service.kill('SIGTERM')
}
