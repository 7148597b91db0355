/** What the program measures at each size, in this order: later operations use what earlier ones have made. */
import type { Running } from '../service.ts'

export type Operation = {
  name: string
  /** Requests in a round, how many at a time, and rounds. */
  count: number
  atOnce?: number
  rounds?: number
  /** Sends one request. @returns the number of its rows, 1 where it has none */
  run(): Promise<number>
}

const password = 'correct horse battery'
const atOnce = 16
const rounds = 5

export function operationsOf(service: Running, token: string, users: number): Operation[] {
  let serial = 0
  const made: string[] = []
  const removed: string[] = []
  const refreshTokens: string[] = []
  let known = ''

  const send = async (
    method: string,
    path: string,
    body?: object | string,
    asAdmin = true,
  ): Promise<string> => {
    const type = typeof body === 'string' ? 'application/x-ndjson' : 'application/json'
    const response = await fetch(`${service.url}${path}`, {
      method,
      headers: {
        ...(asAdmin && { authorization: `Bearer ${token}` }),
        ...(body && { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : type }),
      },
      ...(body && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    if (response.status === 503) return send(method, path, body, asAdmin) // a busy machine
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return text
  }
  const once = async (...request: Parameters<typeof send>): Promise<number> => {
    await send(...request)
    return 1
  }
  const create = async (fields: object = {}, asAdmin = true) => {
    const username = `bench.person.${process.pid}.${serial++}`
    const body = { username, email: `${username}@example.com`, first_name: 'New', ...fields }
    const { id } = JSON.parse(await send('POST', '/users', body, asAdmin)) as { id: string }
    made.push(id)
    return { id, username }
  }
  const some = (of: readonly string[]) => of[serial++ % of.length]!
  const signIn = async () => {
    const body = { username: known, password }
    const answer = await send('POST', '/auth/login', body, false)
    refreshTokens.push((JSON.parse(answer) as { refresh_token: string }).refresh_token)
    if (refreshTokens.length > 16) refreshTokens.shift() // the number of sessions of a user is limited
    return 1
  }
  const few = { count: 24, atOnce: 4, rounds: 3 }

  return [
    {
      name: 'create with a password',
      ...few,
      run: async () => {
        known = (await create({ password })).username
        return 1
      },
    },
    { name: 'sign up', ...few, run: () => create({ password }, false).then(() => 1) },
    { name: 'sign in', ...few, run: signIn },
    {
      name: 'refresh',
      count: 300,
      atOnce: 8,
      run: async () => {
        const token = refreshTokens.shift()!
        const answer = await send('POST', '/auth/refresh', { refresh_token: token }, false)
        refreshTokens.push((JSON.parse(answer) as { refresh_token: string }).refresh_token)
        return 1
      },
    },
    { name: 'create without a password', count: 400, run: () => create().then(() => 1) },
    {
      name: 'change',
      count: 400,
      run: () => once('PATCH', `/users/${some(made)}`, { last_name: `Person ${serial}` }),
    },
    { name: 'read by id', count: 3000, run: () => once('GET', `/users/${some(made)}`) },
    { name: 'page of 50', count: 400, run: () => once('GET', '/users') },
    {
      name: 'exact filter',
      count: 1000,
      run: () => once('GET', `/users?filter=email eq "nobody${serial++}@example.com"`),
    },
    {
      name: 'substring search',
      count: 200,
      run: () => once('GET', `/users?q=${some(['smit', 'owal', 'drig'])}`),
    },
    { name: 'exact count of all', count: 100, run: () => once('GET', '/users?limit=1&count=exact') },
    {
      name: 'metadata without an index',
      ...few,
      atOnce: 1,
      count: 5,
      run: () => once('GET', '/users?filter=metadata.number eq -1'),
    },
    {
      name: 'delete',
      count: 300,
      rounds: 3,
      run: async () => {
        const id = made.pop()!
        removed.push(id)
        return once('DELETE', `/users/${id}`)
      },
    },
    {
      name: 'restore',
      count: 60,
      run: () => once('POST', `/users/${removed.shift()}/restore`),
    },
    {
      name: 'erase',
      count: 100,
      rounds: 3,
      run: () => once('DELETE', `/users/${removed.shift()}?purge=true`),
    },
    {
      name: 'import, a row',
      count: 2,
      atOnce: 1,
      rounds: 3,
      run: async () => {
        const rows = Array.from({ length: 2000 }, () => {
          const username = `imported.${process.pid}.${serial++}`
          return JSON.stringify({ username, email: `${username}@example.com`, first_name: 'New' })
        })
        await send('POST', '/users/import', rows.join('\n'))
        return rows.length
      },
    },
    {
      name: 'export, a row',
      count: 1,
      atOnce: 1,
      rounds: 1,
      run: async () => (await send('GET', '/users/export')).length && users,
    },
  ].map((operation) => ({ atOnce, rounds, ...operation }))
}
