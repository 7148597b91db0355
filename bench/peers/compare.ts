/**
 * Compares Roster with services that package registries bring as they are: CPU time for the same requests, one after the
 * other, in one run. Usage: node bench/peers/compare.ts [--users 10000] [--folder FOLDER] [NAME…]
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { memoryOf } from '../service.ts'
import { type Cost, costOf, rest } from '../whole/measuring.ts'
import { betterAuth } from './better-auth.ts'
import { fastapi } from './fastapi.ts'
import { keycloak } from './keycloak.ts'
import { operations, type Peer, type Subject } from './peer.ts'
import { pocketbase } from './pocketbase.ts'
import { roster } from './roster.ts'

const peers: Peer[] = [roster, pocketbase, betterAuth, fastapi, keycloak]
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    users: { type: 'string', default: '10000' },
    folder: { type: 'string', default: join(tmpdir(), 'roster-peers') },
  },
})
const users = Number(values.users)
if (!Number.isInteger(users) || users < 1000) throw new Error('--users takes a number of 1000 or more')
const chosen = peers.filter(
  ({ name }) => positionals.length === 0 || positionals.some((word) => name.toLowerCase().includes(word)),
)
mkdirSync(values.folder, { recursive: true })

type Result = { name: string; costs: Cost[]; idle: number; loaded: number }
const results: Result[] = []
for (const peer of chosen) {
  await peer.install(values.folder)
  const data = mkdtempSync(join(tmpdir(), 'roster-peer-'))
  let subject: Subject | undefined
  try {
    subject = await peer.start(values.folder, data, users)
    results.push(await measured(peer.name, subject))
  } finally {
    await subject?.service.stop()
    rmSync(data, { recursive: true, force: true })
  }
}
console.log(tableOf(results))
process.exit()

async function measured(name: string, { service, run }: Subject): Promise<Result> {
  const costs: Cost[] = []
  await rest(service)
  const idle = memoryOf(service).anonymous
  for (const operation of operations) {
    const isHashing = operation === 'sign in' || operation === 'create with a password'
    const work = () => run[operation]().then(() => 1)
    // The first requests of a program that compiles while it runs cost more.
    if (!isHashing) await costOf(service, () => 0, { count: 300, atOnce: 8, rounds: 1 }, work)
    await rest(service)
    const amount = isHashing ? { count: 24, atOnce: 4, rounds: 3 } : { count: 300, atOnce: 8, rounds: 5 }
    const cost = await costOf(service, () => 0, amount, work)
    costs.push(cost)
    console.error(`${name}, ${operation}: ${cost.cpu.toFixed(0)} µs, ${cost.p50.toFixed(1)} ms`)
  }
  return { name, costs, idle, loaded: memoryOf(service).anonymous }
}

function tableOf(all: readonly Result[]): string {
  const header = [`${users} users, CPU in µs`, ...all.map(({ name }) => name)]
  const rows = operations.map((operation, at) => [
    operation,
    ...all.map(({ costs }) => costs[at]!.cpu.toFixed(0)),
  ])
  const memory = [
    ['memory of its own, idle, MiB', ...all.map(({ idle }) => idle.toFixed(0))],
    ['after the requests, MiB', ...all.map(({ loaded }) => loaded.toFixed(0))],
  ]
  return [header, header.map(() => '---'), ...rows, ...memory]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}
