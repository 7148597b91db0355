/** What requests cost: CPU of the service and of PostgreSQL apart, and what their clients see. */
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { median, type Running } from '../service.ts'

export type Cost = {
  /** CPU microseconds of the service for each request, or for each row where a request has many. */
  cpu: number
  /** The same of PostgreSQL; 0 on SQLite, whose work is the service's own. */
  databaseCpu: number
  perSecond: number
  /** Milliseconds. */
  p50: number
  p99: number
}

const ticksPerSecond = 100

/** CPU seconds of a PostgreSQL server: the postmaster, its backends, and those that have ended. */
export function postgresCpuSeconds(postmaster: number): number {
  const ticksOf = (pid: string, fields: readonly number[]) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const values = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return { parent: Number(values[1]), ticks: fields.reduce((sum, at) => sum + Number(values[at]), 0) }
    } catch {
      return { parent: 0, ticks: 0 } // the process has ended
    }
  }
  const own = ticksOf(String(postmaster), [11, 12, 13, 14]).ticks
  const backends = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => ticksOf(pid, [11, 12]))
    .filter(({ parent }) => parent === postmaster)
  return backends.reduce((sum, { ticks }) => sum + ticks, own) / ticksPerSecond
}

/** Waits until the service rests: what earlier requests have left to be done, such as mails, is not counted with later ones. */
export async function rest(service: Running): Promise<void> {
  for (let turn = 0; turn < 240; turn += 1) {
    const before = service.cpuSeconds()
    await sleep(500)
    if (service.cpuSeconds() - before < 0.01) return
  }
}

/**
 * Runs `work` `count` times, `atOnce` at a time, in rounds; the cheapest round counts, because other work on the machine only
 * adds. `work` gives the number of rows of its request.
 */
export async function costOf(
  service: Running,
  databaseSeconds: () => number,
  { count, atOnce, rounds }: { count: number; atOnce: number; rounds: number },
  work: () => Promise<number>,
): Promise<Cost> {
  const found: Cost[] = []
  for (let round = 0; round < rounds; round += 1) {
    const waits: number[] = []
    let left = count
    let rows = 0
    const client = async () => {
      while (left-- > 0) {
        const sentMs = performance.now()
        const done = await work()
        rows += done
        waits.push(performance.now() - sentMs)
      }
    }
    const [cpu, databaseCpu, startedMs] = [service.cpuSeconds(), databaseSeconds(), performance.now()]
    await Promise.all(Array.from({ length: atOnce }, client))
    const seconds = (performance.now() - startedMs) / 1000
    waits.sort((a, b) => a - b)
    found.push({
      cpu: ((service.cpuSeconds() - cpu) * 1e6) / rows,
      databaseCpu: ((databaseSeconds() - databaseCpu) * 1e6) / rows,
      perSecond: rows / seconds,
      p50: median(waits),
      p99: waits[Math.ceil(waits.length * 0.99) - 1]!,
    })
  }
  return found.reduce((best, each) =>
    each.cpu + each.databaseCpu < best.cpu + best.databaseCpu ? each : best,
  )
}
