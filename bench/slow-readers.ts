/**
 * Memory under clients that ask for large answers and do not read them: 150 connections each for all data of a
 * user, the OpenAPI document, the reference, pages of 200 users with 15 KB of metadata each, their events and the audit log, to a
 * process with a heap of 160 MiB. Ends with 1 when the process dies, does not answer `/health/live`, or takes more than 256 MiB. Usage: node bench/slow-readers.ts
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createAdmin } from './admin.ts'
import { secretKey } from './load.ts'
import { startRoster } from './service.ts'

const mostMiB = 256
const readers = 150
const paths = [
  ...['/users/me/data', '/openapi.json', '/docs', '/users?limit=200'],
  ...['/events?after=0&limit=500', '/scim/v2/Users?count=200', '/audit-events?limit=200'],
]
const work = mkdtempSync(join(tmpdir(), 'roster-slow-readers-'))
const settings = {
  DATABASE_URL: `sqlite:${join(work, 'roster.db')}`,
  ROSTER_SECRET_KEY: secretKey,
  ROSTER_LOG_LEVEL: 'warn',
  NODE_OPTIONS: '--max-semi-space-size=2 --max-old-space-size=160',
}
const roster = await startRoster(settings)
const port = Number(new URL(roster.url).port)
const sockets: Socket[] = []

/** The most that was resident at any time. */
const peakMiB = () =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${roster.child.pid}/status`, 'utf8'))?.[1]) / 1024

async function isAlive(): Promise<boolean> {
  const answer = await fetch(`${roster.url}/health/live`).catch(() => undefined)
  return answer?.ok === true
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
  for (const path of paths) {
    for (let at = 0; at < readers; at += 1) {
      const socket = connect(port, '127.0.0.1').on('error', () => {})
      socket.pause()
      socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${authorization}\r\n\r\n`)
      sockets.push(socket)
    }
    await sleep(5000)
    const alive = await isAlive()
    const most = peakMiB()
    failed ||= !alive || most > mostMiB
    console.log(`${path.padEnd(26)} at most ${most.toFixed(0)} MiB, ${alive ? 'alive' : 'no answer'}`)
  }
  process.exitCode = failed ? 1 : 0
} finally {
  for (const socket of sockets) socket.destroy()
  await roster.stop()
  rmSync(work, { recursive: true, force: true })
}
