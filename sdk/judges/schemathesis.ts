/**
 * Lets schemathesis judge a service of its own, as an administrator, as a plain user and without credentials.
 *
 * node sdk/judges/schemathesis.ts /tmp/judges/bin/schemathesis [EXAMPLES]
 *
 * Prints the summary of each run and where the whole report is; ends with 1 when there are findings.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const [tool = 'schemathesis', examples = '12'] = process.argv.slice(2)
const root = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'roster-schemathesis-'))
const port = 8131
const url = `http://localhost:${port}`
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

/** An API key of the user with these permissions. */
async function keyOf(name: string, permissions: unknown): Promise<string> {
  const { secret } = await call('POST', '/api-keys', { name: 'judge', permissions }, basic(name))
  return `Bearer ${String(secret)}`
}

async function prepare(): Promise<[who: string, authorization: string | null][]> {
  while (!/"system.ready"/.test(output)) {
    if (service.exitCode !== null) throw new Error(output)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const token = /token=([\w-]+)/.exec(output)?.[1]
  await call('POST', '/auth/setup', { token, username: 'judge', email: 'judge@example.com', password })
  await call('POST', '/users', { username: 'plain', email: 'plain@example.com', password })
  const { permissions } = await call('GET', '/roles/admin', undefined, basic('judge'))
  return [
    ['administrator', await keyOf('judge', permissions)],
    ['user', basic('plain')],
    ['nobody', null],
  ]
}

function judge(who: string, authorization: string | null): number {
  const report = join(folder, `${who}.txt`)
  const { stdout, stderr } = spawnSync(
    tool,
    [
      '--config-file',
      join(import.meta.dirname, 'schemathesis.toml'),
      'run',
      `${url}/openapi.json`,
      ...(authorization ? ['-H', `Authorization: ${authorization}`] : []),
      '--phases',
      'examples,coverage,fuzzing',
      '--max-examples',
      examples,
      '--continue-on-failure',
    ],
    { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 },
  )
  writeFileSync(report, stdout + stderr)
  const text = readFileSync(report, 'utf8')
  const summary = text.slice(Math.max(0, text.lastIndexOf('SUMMARY')))
  console.log(`${who}: ${report}\n${summary}`)
  return /\bfailures?\b|❌|errors?\b.*[1-9]/i.test(summary) ? 1 : 0
}

try {
  const callers = await prepare()
  process.exitCode = callers
    .map(([who, authorization]) => judge(who, authorization))
    .some((found) => found > 0)
    ? 1
    : 0
} finally {
  service.kill('SIGTERM')
}
