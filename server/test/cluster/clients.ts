/** Clients that create users and read them, write down what was acknowledged, and repeat under the same idempotency key what was not. */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

export type Clients = ReturnType<typeof startClients>

export type Outcome = {
  writes: number
  /** The longest time without an acknowledged write, in seconds. */
  gapSeconds: number
  /** From the first request to the acknowledgement, over all repetitions. */
  slowestSeconds: number
  failedReads: number
  reads: number
  /** Requests to write that failed, all of which were repeated. */
  failedWrites: number
  /** Requests until a write was acknowledged, at most. */
  mostAttempts: number
  /** Answers that no repeated request should get, such as 409. */
  wrong: string[]
}

/** How many acknowledged users are missing, and how many stand in the database more than once. @param rows their names, and how often each is there */
export function compared(acknowledged: readonly string[], rows: Iterable<readonly [string, number]>) {
  const counts = new Map(rows)
  return {
    lost: acknowledged.filter((username) => !counts.has(username)).length,
    twice: [...counts.values()].filter((count) => count > 1).length,
  }
}

/** @param pauseMs of each writer between two writes */
export function startClients(url: string, token: string, writers = 4, pauseMs = 50) {
  const acknowledged: string[] = []
  const series = randomBytes(4).toString('hex')
  let isStopped = false
  let at = 0
  let lastMs = performance.now()
  let outcome = fresh()

  function fresh(): Outcome {
    return {
      writes: 0,
      gapSeconds: 0,
      slowestSeconds: 0,
      failedReads: 0,
      reads: 0,
      failedWrites: 0,
      mostAttempts: 0,
      wrong: [],
    }
  }
  const ask = (method: string, path: string, body?: object, key?: string) =>
    fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body && { 'content-type': 'application/json' }),
        ...(key && { 'idempotency-key': key }),
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    })
  const writer = async () => {
    while (!isStopped) {
      at += 1
      const startedMs = performance.now()
      const username = `made-${series}-${at}`
      let attempts = 0
      for (;;) {
        attempts += 1
        const answer = await ask(
          'POST',
          '/users',
          { username, email: `${username}@example.com` },
          username,
        ).catch(() => undefined)
        const text = await answer?.text().catch(() => undefined)
        if (answer?.status === 201 && text !== undefined) break
        outcome.failedWrites += 1
        // A repetition may come while the first request still waits for the database.
        const isEarly = text?.includes('idempotency_in_progress')
        if (answer !== undefined && !isEarly && ![503, 502, 504, 201].includes(answer.status))
          outcome.wrong.push(`${answer.status} ${text?.slice(0, 200)}`)
        if (isStopped) return
        await sleep(200)
      }
      acknowledged.push(username)
      outcome.slowestSeconds = Math.max(outcome.slowestSeconds, (performance.now() - startedMs) / 1000)
      outcome.mostAttempts = Math.max(outcome.mostAttempts, attempts)
      outcome.writes += 1
      const nowMs = performance.now()
      outcome.gapSeconds = Math.max(outcome.gapSeconds, (nowMs - lastMs) / 1000)
      lastMs = nowMs
      await sleep(pauseMs)
    }
  }
  const reader = async () => {
    while (!isStopped) {
      const answer = await ask('GET', '/users?limit=5').catch(() => undefined)
      const isFine = answer?.status === 200 && (await answer.text().catch(() => undefined)) !== undefined
      outcome.reads += 1
      if (!isFine) outcome.failedReads += 1
      await sleep(100)
    }
  }
  const all = [...Array.from({ length: writers }, writer), reader(), reader()]
  return {
    acknowledged,
    /** What has happened since the last call. */
    take(): Outcome {
      const taken = outcome
      taken.gapSeconds = Math.max(taken.gapSeconds, (performance.now() - lastMs) / 1000)
      outcome = fresh()
      return taken
    },
    /** The wait for an acknowledged write begins now. */
    beginWait(): void {
      lastMs = performance.now()
    },
    async stop() {
      isStopped = true
      await Promise.all(all)
    },
  }
}
