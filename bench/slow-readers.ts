/**
 * Memory under clients that ask for large answers and do not read them: 150 connections each for all data of a
 * user, the OpenAPI document, the reference, pages of 200 users with 15 KB of metadata each, their events and the audit log, one
 * kind after the other and then all together, to a process with a heap of 160 MiB. Ends with 1 when the process dies, does
 * not answer `/health/live`, or takes more than 256 MiB. Needs Linux. Usage: node bench/slow-readers.ts [--postgres] [PATH …]
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createAdmin } from './admin.ts'
import { emptyDatabase } from './empty-database.ts'
import { startRoster } from './service.ts'

const mostMiB = 256
const readers = 150
const all = [
  ...['/users/me/data', '/openapi.json', '/docs', '/users?limit=200'],
  ...['/events?after=0&limit=500', '/scim/v2/Users?count=200', '/audit-events?limit=200'],
]
const { values, positionals } = parseArgs({
  options: { postgres: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const paths = positionals.length > 0 ? positionals : all
const database = await emptyDatabase(values.postgres)
const settings = {
  ...database.settings,
  NODE_OPTIONS: '--max-semi-space-size=2 --max-old-space-size=160',
}
const roster = await startRoster(settings)
const port = Number(new URL(roster.url).port)
const sockets: Socket[] = []

/** The most that was resident since the last call. */
function peakMiB(): number {
  const status = readFileSync(`/proc/${roster.child.pid}/status`, 'utf8')
  writeFileSync(`/proc/${roster.child.pid}/clear_refs`, '5')
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024
}

/** Until the process has had little work for two seconds, because then it has answered. */
async function settled(): Promise<void> {
  for (let quiet = 0, tries = 0; quiet < 4 && tries < 240; tries += 1) {
    const before = roster.cpuSeconds()
    await sleep(500)
    quiet = roster.cpuSeconds() - before < 0.05 ? quiet + 1 : 0
  }
}

async function isAlive(): Promise<boolean> {
  const answer = await fetch(`${roster.url}/health/live`).catch(() => undefined)
  return answer?.ok === true
}

function ask(path: string, authorization: string): void {
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  socket.pause()
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${authorization}\r\n\r\n`)
  sockets.push(socket)
}

try {
  const authorization = `Bearer ${await createAdmin(roster, settings)}`
  let failed = false
  const metadata = { note: 'x'.repeat(15_000) }
  for (let at = 0; at < 200; at += 1) {
    const body = JSON.stringify({ username: `u-${at}`, email: `u-${at}@example.com`, metadata })
    const headers = { authorization, 'content-type': 'application/json' }
    const { status } = await fetch(`${roster.url}/users`, { method: 'POST', headers, body })
    if (status !== 201) throw new Error(`POST /users was answered ${status}`)
  }
  console.log(`${'before'.padEnd(26)} at most ${peakMiB().toFixed(0)} MiB`)
  const attacks = [...paths.map((path) => [path, [path]] as const), ['all together', paths] as const]
  for (const [name, attack] of attacks) {
    for (const path of attack) for (let at = 0; at < readers; at += 1) ask(path, authorization)
    await settled()
    const alive = await isAlive()
    const most = peakMiB()
    failed ||= !alive || most > mostMiB
    console.log(`${name.padEnd(26)} at most ${most.toFixed(0)} MiB, ${alive ? 'alive' : 'no answer'}`)
    for (const socket of sockets.splice(0)) socket.destroy()
    await settled()
  }
  process.exitCode = failed ? 1 : 0
} finally {
  for (const socket of sockets) socket.destroy()
  await roster.stop()
  await database.remove()
}
