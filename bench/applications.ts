/**
 * Claims, in CPU time of the server, as multiples of a read of a user by id in the same run: an introspection costs at
 * most 8 times as much, a token by client credentials at most 12, also one for our own API, a read with it at most 1.3, and a sign-in of an application in a browser that is
 * signed in (the redirect with its code, and the code for an ID token, an access token and a refresh token) at most 40.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stayAwake } from './cost.ts'
import { secretKey } from './load.ts'
import { median, post, startRoster } from './service.ts'

const rounds = Number(process.argv.slice(2).find((argument) => /^\d+$/.test(argument)) ?? 15)
const inRound = 100
const atOnce = Number(process.env['BENCH_CLIENTS'] ?? 4)
const callback = 'https://wiki.example.com/callback'
const password = 'correct horse battery'

const folder = mkdtempSync(join(tmpdir(), 'roster-bench-'))
const settings = { DATABASE_URL: `sqlite:${folder}/roster.db`, ROSTER_SECRET_KEY: secretKey }
const roster = await startRoster(settings)
const admin = ['--username', 'ada', '--email', 'ada@example.com', '--password-stdin']
spawnSync(process.execPath, ['server/bin/roster.js', 'admin', 'create', ...admin], {
  env: { ...process.env, ...settings },
  input: password,
})
const { access_token } = await post(roster, '/auth/login', { username: 'ada', password })
const authorization = `Bearer ${access_token}`
const register = async (fields: object) => {
  const made = await post(roster, '/applications', { name: 'Wiki', ...fields }, { authorization })
  const credentials = Buffer.from(`${made['client_id']}:${made['client_secret']}`).toString('base64')
  return { id: made['client_id']!, authorization: `Basic ${credentials}` }
}
const web = await register({ kind: 'web', redirect_uris: [callback] })
const machine = await register({ kind: 'machine', permissions: ['users:read'] })

/** A machine that is busy otherwise makes the service refuse some requests; those are sent again. */
const send = async (url: string, options: RequestInit): Promise<Response> => {
  const response = await fetch(url, options)
  if (response.status !== 503) return response
  await response.arrayBuffer()
  return send(url, options)
}
const form = async (path: string, by: { authorization: string }, fields: Record<string, string>) => {
  const response = await send(`${roster.url}${path}`, {
    method: 'POST',
    headers: { authorization: by.authorization },
    body: new URLSearchParams(fields),
  })
  const body = (await response.json()) as Record<string, unknown>
  if (!response.ok) throw new Error(`${path}: ${response.status} ${JSON.stringify(body)}`)
  return body
}
/** The cookies of a browser that has signed in to the application before. */
let cookie = ''
const authorize = async (): Promise<string> => {
  const query = new URLSearchParams({
    client_id: web.id,
    redirect_uri: callback,
    response_type: 'code',
    scope: 'openid profile email roles',
  })
  let url = `${roster.url}/oauth2/authorize?${query}`
  for (;;) {
    const response = await send(url, { headers: { authorization, cookie }, redirect: 'manual' })
    await response.arrayBuffer()
    const set = response.headers.getSetCookie().map((line) => line.split(';')[0]!)
    const jar = new Map([...cookie.split('; '), ...set].map((pair) => [pair.split('=')[0]!, pair]))
    if (set.length > 0) cookie = [...jar.values()].filter((pair) => !/=$|^$/.test(pair)).join('; ')
    const location = new URL(response.headers.get('location') ?? '', roster.url)
    const code = location.searchParams.get('code')
    if (code !== null) return code
    if (response.status !== 303) throw new Error(`${url}: ${response.status}`)
    url = `${roster.url}${location.pathname}${location.search}`
  }
}
const signIn = async () =>
  form('/oauth2/token', web, {
    grant_type: 'authorization_code',
    code: await authorize(),
    redirect_uri: callback,
  })

const { access_token: token } = await signIn()
const machineGrant = { grant_type: 'client_credentials', scope: 'users:read' }
const ofMachine = `Bearer ${(await form('/oauth2/token', machine, machineGrant))['access_token']}`
const me = JSON.parse(Buffer.from(access_token!.split('.')[1]!, 'base64url').toString()).sub
const steps: Record<string, { atMost: number; run(): Promise<unknown> }> = {
  introspection: {
    atMost: 8,
    run: () => form('/oauth2/introspect', web, { token: String(token) }),
  },
  'client credentials': {
    atMost: 12,
    run: () => form('/oauth2/token', machine, { grant_type: 'client_credentials' }),
  },
  'client credentials for the API': {
    atMost: 12,
    run: () => form('/oauth2/token', machine, machineGrant),
  },
  'read with a token of a machine': {
    atMost: 1.3,
    run: () => read(ofMachine, `/users/${me}`),
  },
  'sign-in of an application': { atMost: 40, run: signIn },
}
const read = async (by = authorization, path = '/users/me') => {
  const response = await fetch(`${roster.url}${path}`, { headers: { authorization: by } })
  await response.arrayBuffer()
}

/** CPU microseconds of the server for each. */
const costOf = async (run: () => Promise<unknown>, count = inRound): Promise<number> => {
  const before = roster.cpuSeconds()
  let left = count
  const work = async () => {
    while (left-- > 0) await run()
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return ((roster.cpuSeconds() - before) * 1e6) / count
}

stayAwake()
const ratios: Record<string, number[]> = {}
const costs: Record<string, number[]> = {}
for (let round = 0; round <= rounds; round += 1) {
  const yardstick = await costOf(() => read())
  for (const [name, { run }] of Object.entries(steps)) {
    const cost = await costOf(run)
    if (round === 0) continue // warming up
    ratios[name] = [...(ratios[name] ?? []), cost / yardstick]
    costs[name] = [...(costs[name] ?? []), cost]
  }
  if (round > 0) console.log(`round ${round}: a read by id takes ${yardstick.toFixed(0)} µs CPU`)
}
for (const [name, { atMost }] of Object.entries(steps))
  console.log(
    `${name}: ${(median(costs[name]!) / 1000).toFixed(2)} ms CPU, ${median(ratios[name]!).toFixed(1)}× a read by id (claim: at most ${atMost}×)`,
  )
await roster.stop()
rmSync(folder, { recursive: true })
process.exit()
