/**
 * Claims: a SCIM push of 20,000 users and 500 groups is answered at 300 requests a second or more on SQLite; adding 100
 * members to a group of 20,000 costs at most twice of what it costs in an empty group; the last page of its members costs
 * at most twice of the first. The pages of groups and of a group's users cost the same with and without `--among`. Usage: node bench/scim.ts [--postgres] [--users N] [--groups N] [--among N]
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createAdmin } from './admin.ts'
import { emptyDatabase } from './empty-database.ts'
import { load } from './load.ts'
import { median, type Running, startRoster } from './service.ts'

const { values } = parseArgs({
  options: {
    postgres: { type: 'boolean', default: false },
    users: { type: 'string', default: '20000' },
    groups: { type: 'string', default: '500' },
    /** Users who are there before. */
    among: { type: 'string', default: '0' },
  },
})
const [users, groups, among] = [Number(values.users), Number(values.groups), Number(values.among)]
const atOnce = 8
const membersOfGroup = 40
const atATime = 100
const rounds = 9

const database = await emptyDatabase(values.postgres)
const { settings } = database
try {
  if (among > 0) await load(settings.DATABASE_URL, among)
  const roster = await startRoster(settings)
  try {
    await measure(roster)
  } finally {
    await roster.stop()
  }
} finally {
  await database.remove()
}
process.exit()

async function measure(roster: Running): Promise<void> {
  const admin = { authorization: `Bearer ${await createAdmin(roster, settings)}` }
  const turnedAway: string[] = []
  const send = async (
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: object,
  ): Promise<Record<string, string>> => {
    const response = await fetch(`${roster.url}${path}`, {
      method,
      headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (response.status === 503) {
      turnedAway.push((JSON.parse(text) as { detail: string }).detail)
      await sleep(100)
      return send(method, path, headers, body)
    }
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return (text === '' ? {} : JSON.parse(text)) as Record<string, string>
  }
  const key = { name: 'directory', permissions: ['scim:read', 'scim:write'] }
  const { secret } = await send('POST', '/api-keys', admin, key)
  const scim = async (method: string, path: string, body: object) => {
    const { id } = await send(method, `/scim/v2${path}`, { authorization: `Bearer ${secret}` }, body)
    return { id: id ?? '' }
  }
  /** @returns requests a second, and milliseconds of CPU of the service for each */
  const push = async (count: number, sendOne: (at: number) => Promise<unknown>) => {
    let next = 0
    const [startedMs, cpu] = [performance.now(), roster.cpuSeconds()]
    const client = async () => {
      while (next < count) await sendOne(next++)
    }
    await Promise.all(Array.from({ length: atOnce }, client))
    const seconds = (performance.now() - startedMs) / 1000
    return { rate: count / seconds, cpuMs: ((roster.cpuSeconds() - cpu) * 1000) / count, seconds }
  }

  const ids: string[] = Array.from({ length: users }, () => '')
  const pushedUsers = await push(users, async (at) => {
    const name = `pushed.${at}@example.com`
    const { id } = await scim('POST', '/Users', {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      externalId: `external-${at}`,
      userName: name,
      name: { givenName: `Given ${at}`, familyName: `Family ${at}` },
      emails: [{ primary: true, type: 'work', value: name }],
      active: true,
    })
    ids[at] = id
  })
  const memberList = (from: number, count: number) =>
    Array.from({ length: count }, (_, at) => ({ value: ids[(from + at) % users] }))
  const pushedGroups = await push(groups, (at) =>
    scim('POST', '/Groups', {
      displayName: `Pushed group ${at}`,
      members: memberList(at * membersOfGroup, membersOfGroup),
    }),
  )
  const rate = (users + groups) / (pushedUsers.seconds + pushedGroups.seconds)
  console.log(
    `users: ${pushedUsers.rate.toFixed(0)} a second, ${pushedUsers.cpuMs.toFixed(2)} ms of CPU each; groups of ${membersOfGroup}: ${pushedGroups.rate.toFixed(0)} a second, ${pushedGroups.cpuMs.toFixed(2)} ms each`,
  )
  console.log(`push: ${rate.toFixed(0)} requests a second (claim: 300 on SQLite)`)
  if (turnedAway.length > 0)
    console.log(`${turnedAway.length} sent again after 503: ${[...new Set(turnedAway)].join(' ')}`)

  const patch = (op: string, value: object[]) => ({
    schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
    Operations: [{ op, path: 'members', value }],
  })
  const [small, large] = [
    await scim('POST', '/Groups', { displayName: 'Small' }),
    await scim('POST', '/Groups', { displayName: 'Large' }),
  ]
  for (let from = atATime; from < users; from += 1000)
    await scim('PATCH', `/Groups/${large.id}`, patch('add', memberList(from, Math.min(1000, users - from))))
  const costOf = async (work: () => Promise<unknown>) => {
    const before = roster.cpuSeconds()
    await work()
    return (roster.cpuSeconds() - before) * 1000
  }
  const adding: number[][] = [[], []]
  for (let round = 0; round < rounds; round += 1)
    for (const [at, { id }] of [small, large].entries()) {
      const some = memberList(0, atATime)
      adding[at]!.push(await costOf(() => scim('PATCH', `/Groups/${id}`, patch('add', some))))
      await scim('PATCH', `/Groups/${id}`, patch('remove', some))
    }
  compare(`adding ${atATime} members to a group of ${users}, beside an empty one`, adding[1]!, adding[0]!)

  const list = async (path: string) => {
    const response = await fetch(path.startsWith('http') ? path : `${roster.url}${path}`, { headers: admin })
    if (!response.ok) throw new Error(`${path}: ${response.status}`)
    await response.text()
    return /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1]
  }
  const local = (url: string) => `${roster.url}${new URL(url).pathname}${new URL(url).search}`
  const first = `/groups/${large.id}/members?limit=100`
  let last = first
  for (let next = await list(first); next !== undefined; next = await list(last)) last = local(next)
  const paging: number[][] = [[], []]
  for (let round = 0; round < rounds * 4; round += 1)
    for (const [at, path] of [first, last].entries()) paging[at]!.push(await costOf(() => list(path)))
  compare('the last page of its members, beside the first', paging[1]!, paging[0]!)

  for (const path of [
    `/groups?limit=100`,
    `/groups?q=pushed&limit=100`,
    `/users?group=${large.id}&limit=100`,
  ]) {
    const costs: number[] = []
    for (let round = 0; round < rounds * 4; round += 1) costs.push(await costOf(() => list(path)))
    console.log(`${path}, among ${among} users: ${median(costs).toFixed(1)} ms of CPU`)
  }
}

function compare(what: string, some: readonly number[], others: readonly number[]): void {
  const [one, other] = [median(some), median(others)]
  console.log(
    `${what}: ${one.toFixed(1)} ms and ${other.toFixed(1)} ms of CPU, ${(one / other).toFixed(2)}× (claim: at most 2×)`,
  )
}
