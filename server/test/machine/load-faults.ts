/** More load than the machine can carry, clients that misbehave, and little memory. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { startClients } from '../cluster/clients.ts'
import type { MachineFault } from './fault.ts'
import { createInstallation, type Installation, quantile, until } from './installation.ts'

type Answer = { status: number; ms: number; retryAfter: string | null }

async function timed(url: string, options: RequestInit): Promise<Answer> {
  const startMs = performance.now()
  const answer = await fetch(url, options).catch(() => undefined)
  await answer?.arrayBuffer().catch(() => undefined)
  return {
    status: answer?.status ?? 0,
    ms: performance.now() - startMs,
    retryAfter: answer?.headers.get('retry-after') ?? null,
  }
}

/** The answers of this many clients, each of which sends one request after the other. */
async function answersOf(clients: number, seconds: number, ask: () => Promise<Answer>, pauseMs = 0) {
  const answers: Answer[] = []
  const endMs = performance.now() + seconds * 1000
  const client = async () => {
    while (performance.now() < endMs) {
      answers.push(await ask())
      await sleep(pauseMs)
    }
  }
  await Promise.all(Array.from({ length: clients }, client))
  return answers
}

const signIn = (url: string) =>
  timed(`${url}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"username":"admin","password":"correct horse battery"}',
  })
const readSelf = ({ url, token }: Installation) =>
  timed(`${url}/users/me`, { headers: { authorization: `Bearer ${token}` } })

export const loadFaults: MachineFault[] = [
  {
    name: '40 clients that sign in repeatedly for 30 s',
    criterion:
      'the service accepts at least 80% of the sign-ins a second that it accepts from 4 clients, in 1.5 s (99%); others get 503 with Retry-After; reads take 100 ms (99%)',
    async happen() {
      const installation = await createInstallation()
      await installation.start()
      const { url } = installation
      const accepted = (answers: Answer[]) => answers.filter(({ status }) => status === 200)
      const capacity = accepted(await answersOf(4, 10, () => signIn(url))).length / 10
      const [answers, reads] = await Promise.all([
        answersOf(40, 30, () => signIn(url), 50),
        answersOf(2, 30, () => readSelf(installation), 20),
      ])
      const fine = accepted(answers)
      const refused = answers.filter(({ status }) => status !== 200)
      const told = refused.every(({ status, retryAfter }) => status === 503 && retryAfter !== null)
      const after = await signIn(url)
      const [acceptedMs, readMs] = [fine, reads].map((some) =>
        quantile(
          some.map(({ ms }) => ms),
          0.99,
        ),
      ) as [number, number]
      const failedReads = reads.filter(({ status }) => status !== 200).length
      await installation.remove()
      return {
        measured: `${capacity.toFixed(0)} a second alone, ${(fine.length / 30).toFixed(0)} under the load in ${acceptedMs.toFixed(0)} ms (99%); ${refused.length} of ${answers.length} refused${told ? ' with 503' : ', not all with 503'}; ${failedReads} of ${reads.length} reads failed, ${readMs.toFixed(0)} ms (99%)`,
        ok:
          told &&
          refused.length > 0 &&
          fine.length / 30 >= 0.8 * capacity &&
          acceptedMs <= 1500 &&
          failedReads === 0 &&
          readMs <= 100 &&
          after.status === 200,
      }
    },
  },
  {
    name: 'SIGTERM while 50 requests are open',
    criterion: 'all 50 get an answer, exit code 0 within 15 s, all rows fit together',
    async happen() {
      const installation = await createInstallation(undefined, { ROSTER_SHUTDOWN_DELAY_SECONDS: '1' })
      await installation.start()
      const { url, token } = installation
      const create = (at: number) =>
        timed(`${url}/users`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify({
            username: `last-${at}`,
            email: `last-${at}@example.com`,
            password: 'correct horse battery',
          }),
        })
      const asked = Array.from({ length: 50 }, (_, at) => create(at))
      await sleep(100)
      const startMs = performance.now()
      const code = await installation.stop()
      const seconds = (performance.now() - startMs) / 1000
      const answers = await Promise.all(asked)
      const created = answers.filter(({ status }) => status === 201).length
      const shed = answers.filter(({ status }) => status === 503).length
      const violations = await installation.violations()
      await installation.remove()
      return {
        measured: `${created} created, ${shed} refused with 503, ${50 - created - shed} without an answer; exit code ${code} after ${seconds.toFixed(1)} s; ${violations || 'no violation'}`,
        ok: created > 0 && created + shed === 50 && code === 0 && seconds <= 15 && violations === '',
      }
    },
  },
  {
    name: '900 slow clients: headers, bodies, and answers that are not read',
    criterion: 'all closed in 40 s, 0 reads of other clients fail, alive all the time, under 256 MiB',
    async happen() {
      const installation = await createInstallation()
      await installation.start()
      const { url, token } = installation
      const port = Number(new URL(url).port)
      const sockets: Socket[] = []
      const before = openSockets(installation)
      const head = `Host: localhost\r\nAuthorization: Bearer ${token}\r\n`
      const beginnings = [
        `GET /users HTTP/1.1\r\n${head}`,
        `POST /users HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{`,
        `GET /openapi.json HTTP/1.1\r\n${head}\r\n`.repeat(20),
      ]
      for (const text of beginnings)
        for (let at = 0; at < 300; at += 1) {
          const socket = connect(port, '127.0.0.1').on('error', () => {})
          socket.pause()
          socket.write(text)
          sockets.push(socket)
        }
      const startMs = performance.now()
      let closedAfter = Number.POSITIVE_INFINITY
      await sleep(2000)
      const opened = openSockets(installation) - before
      const [reads] = await Promise.all([
        answersOf(2, 45, () => readSelf(installation), 100),
        until('all are closed', 60, async () => {
          // Those of the reads stay.
          if (openSockets(installation) > before + 5) return false
          closedAfter = (performance.now() - startMs) / 1000
          return true
        }).catch(() => {}),
      ])
      for (const socket of sockets) socket.destroy()
      const failed = reads.filter(({ status }) => status !== 200).length
      const mostMiB = peakMiB(installation)
      await installation.remove()
      return {
        measured: `${opened} were open, all closed after ${closedAfter.toFixed(0)} s; ${failed} of ${reads.length} reads failed; ${mostMiB.toFixed(0)} MiB at most`,
        ok: closedAfter <= 40 && failed === 0 && mostMiB <= 256,
      }
    },
  },
  {
    name: 'only 256 open files, and 400 connections',
    criterion: 'alive, works again 5 s after the connections are closed, 0 lost',
    async happen() {
      const installation = await createInstallation()
      await installation.start('ulimit -n 256; exec "$0" "$@"')
      const sockets = Array.from({ length: 400 }, () =>
        connect(Number(new URL(installation.url).port), '127.0.0.1').on('error', () => {}),
      )
      await sleep(5000)
      for (const socket of sockets) socket.destroy()
      const startMs = performance.now()
      await until('works', 30, async () => (await readSelf(installation)).status === 200)
      const seconds = (performance.now() - startMs) / 1000
      const clients = startClients(installation.url, installation.token)
      await sleep(2000)
      await clients.stop()
      const { writes, failedWrites } = clients.take()
      const isAlive = installation.child.exitCode === null
      await installation.remove()
      return {
        measured: `works after ${seconds.toFixed(1)} s; then ${writes} writes, ${failedWrites} failed`,
        ok: isAlive && seconds <= 5 && writes > 0 && failedWrites === 0,
      }
    },
  },
  {
    name: 'a heap of 64 MiB, 100 parallel sign-ins, lists and writes',
    criterion: 'alive, under 256 MiB, every answer is 200, 201 or 503',
    async happen() {
      const installation = await createInstallation(undefined, {
        NODE_OPTIONS: '--max-semi-space-size=2 --max-old-space-size=64',
      })
      await installation.start()
      const { url, token } = installation
      const idle = peakMiB(installation)
      const clients = startClients(url, token, 8, 0)
      const list = () => timed(`${url}/users?limit=200`, { headers: { authorization: `Bearer ${token}` } })
      const [signIns, lists] = await Promise.all([
        answersOf(100, 15, () => signIn(url), 20),
        answersOf(8, 15, list),
      ])
      await clients.stop()
      const statuses = [...new Set([...signIns, ...lists].map(({ status }) => status))].sort()
      const most = peakMiB(installation)
      const isAlive = installation.child.exitCode === null && installation.child.signalCode === null
      await installation.remove()
      return {
        measured: `${idle.toFixed(0)} MiB after the start, ${most.toFixed(0)} MiB at most; ${signIns.length} sign-ins, ${lists.length} lists, ${clients.acknowledged.length} writes; answers ${statuses.join(', ')}`,
        ok: isAlive && most <= 256 && statuses.every((status) => status === 200 || status === 503),
      }
    },
  },
]

/** The most memory that the process has had. */
function peakMiB({ child }: Installation): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024
}

function openSockets({ child }: Installation): number {
  const folder = `/proc/${child.pid}/fd`
  return readdirSync(folder).filter((name) => {
    try {
      return readlinkSync(`${folder}/${name}`).startsWith('socket:')
    } catch {
      return false // closed since the list was read
    }
  }).length
}
