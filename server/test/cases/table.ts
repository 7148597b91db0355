/** A table of requests with the exact answers they must get, on both engines, and what holds for every refusal. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { before, describe, it } from 'node:test'
import { sql } from 'kysely'
import {
  type Answer,
  authorization,
  type Engine,
  onBothEngines,
  type Service,
  type TestUser,
} from '../harness.ts'

export type Case = {
  /** What is sent, in words. */
  name: string
  /** `GET /users`; `{user}` and `{admin}` in it become the ids of those who are there. */
  to: string
  body?: unknown
  headers?: Record<string, string>
  /** Anonymous by default. */
  as?: 'admin' | 'user'
  status: number
  /** Of every refusal. */
  code?: string
  /** `/email invalid_email`, for each fault that must be named. */
  faults?: string[]
}

/** A message as it goes over the wire; `{basic}` in it becomes the administrator's credentials. */
export type RawCase = { name: string; raw: string | Buffer; status: number; code?: string }

export type Setting = { service: Service; engine: Engine; admin: TestUser; user: TestUser }
export type RawAnswer = {
  status: number
  head: string
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  body: any
  closed: boolean
}

/** Runs the table on both engines, then `more`, and compares the answers of the engines. */
export function describeCases(
  section: string,
  cases: readonly (Case | RawCase)[],
  more: (setting: Setting) => void = () => {},
): void {
  const answers = new Map<string, string>()
  const titles = cases.map(({ status, name }) => `${status} for ${name}`)
  assert.equal(new Set(titles).size, titles.length, 'each case has a title of its own')
  onBothEngines(section, (engine) => {
    const setting = { engine } as Setting
    before(async () => {
      setting.service = await engine.start()
      setting.admin = await setting.service.admin()
      setting.user = await setting.service.createUser({ username: 'bob' })
    })
    describe('the table', () => {
      for (const one of cases) {
        const key = `${one.status} for ${one.name}`
        it(`${one.status} for ${one.name}`, async () => {
          const answer = await unchangedBy(setting, one.status, () =>
            'raw' in one ? sendRaw(setting.service.url, one.raw) : sendCase(setting, one),
          )
          assert.equal(answer.status, one.status, answer.text.slice(0, 500))
          if (one.status >= 400) assertProblem(answer)
          assert.equal(answer.status >= 400 ? answer.body.code : undefined, one.code)
          if ('faults' in one && one.faults) assert.deepEqual(faultsOf(answer.body), one.faults)
          const seen = `${answer.status} ${answer.body?.code ?? ''} ${faultsOf(answer.body).join(', ')}`
          assert.equal(seen, answers.get(key) ?? seen, 'the engines answer alike')
          answers.set(key, seen)
        })
      }
    })
    more(setting)
  })
}

/** A refusal takes less. */
export function faultsOf(body: { errors?: { pointer: string; code: string }[] } | undefined): string[] {
  return (body?.errors ?? []).map(({ pointer, code }) => `${pointer} ${code}`)
}

async function sendCase({ service, admin, user }: Setting, one: Case): Promise<RawAnswer> {
  const [method = '', target = ''] = one.to.split(/ (.*)/)
  const path = target.replaceAll('{user}', user.id).replaceAll('{admin}', admin.id)
  const as = one.as === 'admin' ? admin.token : one.as === 'user' ? user.token : undefined
  const { headers, ...answer } = await service.call(method, path, {
    ...(one.body === undefined ? {} : { body: one.body }),
    ...(as === undefined ? {} : { as }),
    ...(one.headers && { headers: one.headers }),
  })
  const head = [...headers].map(([name, value]) => `${name}: ${value}`).join('\r\n')
  return { ...answer, head, closed: false }
}

/** Runs `work`; when it is to be refused, nothing in the database may be different afterwards. */
export async function unchangedBy<T>(setting: Setting, status: number, work: () => Promise<T>): Promise<T> {
  if (status < 400) return work()
  const before = await contentOf(setting.service)
  const result = await work()
  assert.equal(await contentOf(setting.service), before, 'nothing is changed')
  return result
}

/**
 * Runs `work`, on which this process, and with it the service, may spend `maxMs` of CPU time. The best of up to three times
 * counts: other work on the machine makes CPU time longer, too.
 */
export async function cheaply<T>(maxMs: number, work: () => Promise<T>): Promise<T> {
  const seen: number[] = []
  for (let turn = 0; turn < 3; turn += 1) {
    const before = process.cpuUsage()
    const result = await work()
    const { user, system } = process.cpuUsage(before)
    const ms = Math.round((user + system) / 1000)
    if (ms < maxMs) return result
    seen.push(ms)
  }
  assert.fail(`it took ${seen.join(', ')} ms of CPU time`)
}

/** Counts and versions of everything that a client can change. */
export async function contentOf(service: Service): Promise<string> {
  const { rows } = await sql`select
    (select count(*) from users) as users, (select sum(version) from users) as user_versions,
    (select count(*) from user_roles) as grants, (select sum(version) from roles) as role_versions,
    (select count(*) from passwords) as passwords, (select count(*) from api_keys) as api_keys,
    (select count(*) from sessions where ended_at is null) as sessions,
    (select count(*) from mail_outbox) as mails`.execute(service.roster.database.read)
  return JSON.stringify(rows)
}

/** What holds for every answer from 400 on. */
export function assertProblem({ status, head, text, body }: Omit<RawAnswer, 'closed'>): void {
  assert.match(head, /^content-type: application\/problem\+json\r?$/im)
  const id = /^x-request-id: (.*?)\r?$/im.exec(head)?.[1]
  assert.equal(body.status, status)
  assert.equal(body.instance, id)
  assert.match(body.code, /^[a-z_]+$/)
  assert.equal(body.type, `http://roster.test/problems/${body.code}`)
  assert.equal(typeof body.title, 'string')
  assert.equal(typeof body.detail, 'string')
  assert.ok(Buffer.byteLength(text) <= 16 * 1024, 'a refusal is short')
  assert.ok((body.errors ?? []).length <= 50)
  for (const fault of body.errors ?? []) {
    assert.match(fault.pointer, /^(\/([^~]|~[01])*)?$/s)
    assert.deepEqual(Object.keys(fault).sort(), ['code', 'detail', 'pointer'])
  }
  assert.doesNotMatch(
    text,
    /node_modules|\.(ts|js):\d|\bat \w+ \(|fastify|kysely|sqlite|postgres|typebox|HPE_|select .* from|insert into|\/work\/|\/tmp\//i,
  )
  if (status === 401) assert.match(head, /^www-authenticate: /im)
  if (status === 429 || status === 503) assert.match(head, /^retry-after: \d+\r?$/im)
}

/** Those of the answers that are refusals are problem documents. */
export function assertRefusals(answers: readonly Answer[]): void {
  for (const { headers, ...answer } of answers.filter(({ status }) => status >= 400)) {
    const head = [...headers].map(([name, value]) => `${name}: ${value}`).join('\r\n')
    assertProblem({ ...answer, head })
  }
}

/** Sends bytes and reads one answer; settles when it is complete or the server closes. */
export function sendRaw(url: string, message: string | Buffer): Promise<RawAnswer> {
  const bytes =
    typeof message === 'string'
      ? message.replaceAll('{basic}', authorization({ username: 'admin', password: 'correct horse battery' }))
      : message
  return new Promise((resolve, reject) => {
    let received = ''
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes))
    const settle = (closed: boolean) => {
      socket.destroy()
      const [head = '', text = ''] = received.split(/\r\n\r\n(.*)/s)
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0)
      const isJson = /^content-type: [^\r]*json/im.test(head)
      const body = isJson && text !== '' ? JSON.parse(text) : undefined
      resolve({ status, head, text, body, closed })
    }
    // Ends only a wait that cannot succeed.
    socket.setTimeout(60_000, () => settle(false))
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
      const [head, text] = received.split(/\r\n\r\n(.*)/s)
      const length = /^content-length: (\d+)/im.exec(head ?? '')?.[1]
      const closes = /^connection: close/im.test(head ?? '')
      if (length !== undefined && !closes && (text ?? '').length >= Number(length)) settle(false)
    })
    socket.on('end', () => settle(true))
    socket.on('error', (error) => (received === '' ? reject(error) : settle(true)))
  })
}
