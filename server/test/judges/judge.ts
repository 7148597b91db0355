/** Software of others that signs users in through the service, run as the documentation shows it. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { until } from '../harness/wait.ts'
import { createEngine, type Engine, password, type Service } from '../harness.ts'

export type Registered = { client_id: string; client_secret: string }

/** The first example in this language on a page of `docs/connect/`. */
export const example = (page: string, language: string): string => exampleAfter(page, language, '')

/** The first one after this text, such as the name of the file. */
export function exampleAfter(page: string, language: string, before: string): string {
  const whole = readFileSync(new URL(`../../../docs/connect/${page}`, import.meta.url), 'utf8')
  const text = whole.slice(whole.indexOf(before))
  const found = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(text)?.[1]
  assert.ok(found, `${page} has no ${language}`)
  return found
}

/** A folder within the repository, so that what runs there finds its packages. */
export function folderFor(t: TestContext, name: string): string {
  const parent = new URL('../../../test-results/', import.meta.url).pathname
  mkdirSync(parent, { recursive: true })
  const folder = mkdtempSync(join(parent, `${name}-`))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The origin is the issuer, so it must be known before the start. Another process may take the port before it. */
export async function startIssuer(
  t: TestContext,
  settings: Record<string, string> = {},
  engine = newEngine(t),
): Promise<{ service: Service; issuer: string }> {
  for (let tries = 5; ; tries -= 1) {
    const port = await freePort()
    const issuer = `http://localhost:${port}`
    try {
      const service = await engine.start({
        ...settings,
        ROSTER_PORT: String(port),
        ROSTER_PUBLIC_URL: issuer,
      })
      return { service, issuer }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || tries === 1) throw error
    }
  }
}

function newEngine(t: TestContext): Engine {
  const { engine, cleanUp } = createEngine('sqlite')
  t.after(cleanUp)
  return engine
}

/** A user `ann` with the role `user`, in the group `Staff`. */
export async function createMember(service: Service) {
  const user = await service.createUser({ username: 'ann', roles: ['user'] })
  const as = (await service.admin()).token
  const group = await service.call('POST', '/groups', { as, body: { name: 'Staff' } })
  await service.call('PUT', `/groups/${group.body.id}/members/${user.id}`, { as })
  return user
}

export async function registerAt(service: Service, base: string, fields: object): Promise<Registered> {
  const { body, status } = await service.call('POST', '/applications', {
    as: (await service.admin()).token,
    body: { name: 'Wiki', kind: 'web', redirect_uris: [`${base}/callback`], ...fields },
  })
  assert.equal(status, 201, JSON.stringify(body))
  return body
}

/** Starts a program, and waits until it answers at `base`. */
export async function startProgram(
  t: TestContext,
  base: string,
  command: readonly [string, ...string[]],
  options: { cwd: string; env: Record<string, string> },
): Promise<ChildProcess> {
  const [program, ...rest] = command
  const child = spawn(program, rest, { ...options, env: { ...process.env, ...options.env } })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (output += part))
  if (process.env['JUDGE_LOG']) t.after(() => console.log(output))
  t.after(async () => {
    if (child.exitCode !== null) return
    child.kill()
    await new Promise((done) => child.once('exit', done))
  })
  await until(
    async () => child.exitCode !== null || (await fetch(base, { redirect: 'manual' }).catch(() => undefined)),
    () => `${program}: ${output}`,
    300_000,
  )
  if (child.exitCode !== null) throw new Error(`${program} does not answer: ${output}`)
  return child
}

type Page = { url: URL; status: number; text: string; location: string | null }

/** A browser with cookies for each origin that follows redirects anywhere. `fetch` cannot say that it navigates. */
export function createTraveller() {
  const jars = new Map<string, Map<string, string>>()
  const send = async (
    url: URL,
    sent: Record<string, string> = {},
    body?: string,
    method = body === undefined ? 'GET' : 'POST',
  ): Promise<Page> => {
    const jar = jars.get(url.origin) ?? new Map<string, string>()
    jars.set(url.origin, jar)
    const headers = {
      accept: 'text/html, */*;q=0.8',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
      cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '),
      ...sent,
    }
    const answer = await new Promise<IncomingMessage>((done, failed) => {
      request(url, { method, headers }, done).on('error', failed).end(body)
    })
    for (const line of answer.headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') jar.delete(name)
      else jar.set(name, value)
    }
    const text = Buffer.concat(await answer.toArray()).toString()
    return { url, status: answer.statusCode ?? 0, text, location: answer.headers.location ?? null }
  }
  const follow = async (page: Page, end?: string): Promise<Page> => {
    let next = page
    for (let turn = 0; turn < 12; turn += 1) {
      if (next.location === null) return next
      const url = new URL(next.location, next.url)
      if (end !== undefined && url.href.startsWith(end)) return { ...next, url }
      next = await send(url)
    }
    throw new Error(`too many redirects, the last to ${next.url}`)
  }
  return {
    /** Signs in to Roster, as its sign-in page does. */
    async signIn(issuer: string, username: string): Promise<void> {
      const body = JSON.stringify({ username, password, shared_computer: false })
      const json = 'application/json'
      const headers = { 'content-type': json, accept: json, origin: issuer, 'sec-fetch-mode': 'cors' }
      const { status, text } = await send(new URL('/auth/session', issuer), headers, body)
      assert.equal(status, 200, text)
    },
    async signOut(issuer: string): Promise<void> {
      const headers = { accept: 'application/json', origin: issuer, 'sec-fetch-mode': 'cors' }
      const { status } = await send(new URL('/auth/session', issuer), headers, undefined, 'DELETE')
      assert.equal(status, 204)
    },
    /** @param end where nothing listens, so that the browser stays before it */
    visit: async (start: string, end?: string): Promise<Page> => follow(await send(new URL(start)), end),
    /** Sends a form of a page. */
    async submit(action: string, fields: Record<string, string>): Promise<Page> {
      const url = new URL(action)
      const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: url.origin }
      return follow(await send(url, headers, new URLSearchParams(fields).toString()))
    },
  }
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
