/** Faults of PostgreSQL beneath one installation. */
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startClients } from '../cluster/clients.ts'
import { freePort, type PostgresServer, startPostgres } from '../postgres-server.ts'
import type { MachineFault } from './fault.ts'
import { createInstallation, quantile, until } from './installation.ts'
import { comparedIn, query } from './postgres-rows.ts'
import { startSlowProxy } from './slow-proxy.ts'

const settings = ['fsync=on']
const dataFolder = () => join(tmpdir(), `roster-data-${randomBytes(6).toString('hex')}`)

/** Kills the server and its sessions, as a lack of power would. */
async function killAll({ process: server }: PostgresServer): Promise<void> {
  const ended = new Promise((resolve) => server.once('exit', resolve))
  const sessions = execFileSync('pgrep', ['-P', String(server.pid)], { encoding: 'utf8' })
    .trim()
    .split('\n')
  for (const pid of [server.pid!, ...sessions.map(Number)]) process.kill(pid, 'SIGKILL')
  await ended
}

export const postgresFaults: MachineFault[] = [
  {
    name: 'PostgreSQL: the server and its sessions are killed 5 times under writes',
    criterion:
      '0 lost, 0 twice, alive all the time, not ready within 2 s, ready within 5 s after the server is back, all refusals are 503',
    async happen() {
      const data = dataFolder()
      let server = await startPostgres({ data, settings })
      const { port, url } = server
      const installation = await createInstallation(url)
      await installation.start()
      const clients = startClients(installation.url, installation.token, 8, 0)
      const seconds = { unready: 0, ready: 0 }
      let dead = 0
      const watch = setInterval(
        () => void installation.status('/health/live').then((status) => (dead += status === 200 ? 0 : 1)),
        100,
      )
      const isReady = async () => (await installation.status('/health/ready')) === 200
      const since = (startMs: number) => (performance.now() - startMs) / 1000
      for (let round = 0; round < 5; round += 1) {
        await sleep(2000)
        await killAll(server)
        const lostMs = performance.now()
        await until('unready', 10, async () => !(await isReady()))
        seconds.unready = Math.max(seconds.unready, since(lostMs))
        await sleep(3000)
        server = await startPostgres({ data, port, settings })
        const backMs = performance.now()
        await until('ready', 30, isReady)
        seconds.ready = Math.max(seconds.ready, since(backMs))
      }
      await sleep(2000)
      clearInterval(watch)
      await clients.stop()
      const { wrong } = clients.take()
      const { lost, twice } = await comparedIn(url, clients.acknowledged)
      const violations = await installation.violations()
      await installation.remove()
      await server.stop()
      rmSync(data, { recursive: true, force: true })
      return {
        measured: `${clients.acknowledged.length} writes, ${lost} lost, ${twice} twice; not ready after ${seconds.unready.toFixed(1)} s, ready after ${seconds.ready.toFixed(1)} s; ${dead} looks found it dead; ${wrong.length} wrong answers; ${violations || 'no violation'}`,
        ok:
          lost + twice + dead + wrong.length === 0 &&
          violations === '' &&
          seconds.unready <= 2 &&
          seconds.ready <= 5 &&
          clients.acknowledged.length > 500,
      }
    },
  },
  {
    name: 'PostgreSQL: unavailable for 20 s at the start',
    criterion: 'alive and not ready, at most 1 log line in 5 s, ready 5 s after PostgreSQL is available',
    async happen() {
      const port = await freePort()
      const installation = await createInstallation(`postgres://postgres@127.0.0.1:${port}/postgres`)
      installation.spawn()
      await until('alive', 10, async () => (await installation.status('/health/live')) === 200)
      await sleep(20_000)
      const lines = installation.log.length
      const unready = await installation.status('/health/ready')
      const server = await startPostgres({ port })
      const backMs = performance.now()
      await until('ready', 30, async () => (await installation.status('/health/ready')) === 200)
      const seconds = (performance.now() - backMs) / 1000
      await installation.remove()
      await server.stop()
      return {
        measured: `/health/ready ${unready}, ${lines} lines, ready after ${seconds.toFixed(1)} s`,
        ok: unready === 503 && lines <= 6 && seconds <= 5,
      }
    },
  },
  {
    name: 'PostgreSQL: all sessions of the service are ended 10 times',
    criterion: 'alive, 0 lost, 0 twice, each write succeeds at the first or second attempt',
    async happen() {
      const server = await startPostgres({ settings })
      const installation = await createInstallation(server.url)
      await installation.start()
      const clients = startClients(installation.url, installation.token)
      await sleep(1000)
      clients.take()
      for (let round = 0; round < 10; round += 1) {
        await query(
          server.url,
          "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend'",
        )
        await sleep(1000)
      }
      await clients.stop()
      const { writes, failedWrites, mostAttempts, wrong, gapSeconds } = clients.take()
      const { lost, twice } = await comparedIn(server.url, clients.acknowledged)
      const isAlive = installation.child.exitCode === null
      await installation.remove()
      await server.stop()
      return {
        measured: `${writes} writes, ${failedWrites} failed requests, ${mostAttempts} requests for a write at most, ${lost} lost, ${twice} twice, the longest pause ${gapSeconds.toFixed(1)} s, ${wrong.length} wrong answers`,
        ok: isAlive && lost + twice + wrong.length === 0 && mostAttempts <= 2 && writes > 50,
      }
    },
  },
  {
    name: 'PostgreSQL: the network adds 200 ms, then 5 s, then drops everything',
    criterion:
      '200 ms: 99.9% of the reads are answered; 5 s and dropped: 503 within 8 s, alive in 50 ms (99%); works again in 10 s',
    async happen() {
      const server = await startPostgres({ settings })
      const proxy = await startSlowProxy(server.port)
      const installation = await createInstallation(`postgres://postgres@127.0.0.1:${proxy.port}/postgres`)
      await installation.start()
      const headers = { authorization: `Bearer ${installation.token}` }
      const read = () => installation.status('/users?limit=5', { headers })
      proxy.delay(200)
      const slow = { asked: 0, failed: 0 }
      const clients = Array.from({ length: 4 }, async () => {
        const endMs = performance.now() + 20_000
        while (performance.now() < endMs) {
          slow.asked += 1
          if ((await read()) !== 200) slow.failed += 1
        }
      })
      await Promise.all(clients)

      const worst: string[] = []
      const looks: number[] = []
      let isFine = true
      for (const [name, change] of [
        ['5 s', () => proxy.delay(5000)],
        ['dropped', () => proxy.drop()],
      ] as const) {
        change()
        const asked = Array.from({ length: 10 }, async () => {
          const startMs = performance.now()
          const status = await read()
          return { status, seconds: (performance.now() - startMs) / 1000 }
        })
        const isAsking = { yes: true }
        const looking = (async () => {
          while (isAsking.yes) {
            const startMs = performance.now()
            if ((await installation.status('/health/live')) === 200) looks.push(performance.now() - startMs)
            else looks.push(Number.POSITIVE_INFINITY)
            await sleep(20)
          }
        })()
        const answers = await Promise.all(asked)
        isAsking.yes = false
        await looking
        const longest = Math.max(...answers.map(({ seconds }) => seconds))
        const statuses = [...new Set(answers.map(({ status }) => status))]
        worst.push(`${name}: ${statuses.join(', ')} after ${longest.toFixed(1)} s at most`)
        isFine &&= longest <= 8 && statuses.every((status) => status === 503)
      }
      proxy.delay(0)
      const backMs = performance.now()
      await until('reads', 30, async () => (await read()) === 200)
      const seconds = (performance.now() - backMs) / 1000
      const live = quantile(looks, 0.99)
      await installation.remove()
      proxy.stop()
      await server.stop()
      return {
        measured: `200 ms: ${slow.failed} of ${slow.asked} reads failed; ${worst.join('; ')}; alive in ${live.toFixed(0)} ms (99% of ${looks.length}); works after ${seconds.toFixed(1)} s`,
        ok: slow.failed <= slow.asked / 1000 && isFine && live <= 50 && seconds <= 10,
      }
    },
  },
]
