/**
 * How tests wait: for a condition, never for a length of time. `fixed-waits.test.ts` counts the places that cannot.
 */
import { setTimeout as sleep } from 'node:timers/promises'

/** Ends only a wait that cannot succeed, so it is long enough for a busy machine. */
const hopelessMs = 120_000

type Found<T> = T | undefined | null | false

/**
 * Repeats `find` until it returns something.
 * @param what the awaited condition, for the error; by default the code of `find`; a function describes the state at the end
 * @throws after `ms`
 */
export async function until<T>(
  find: () => Found<T> | Promise<Found<T>>,
  what: string | (() => string | Promise<string>) = String(find),
  ms = hopelessMs,
): Promise<T> {
  const endMs = performance.now() + ms
  for (let pauseMs = 5; ; pauseMs = Math.min(100, pauseMs * 1.2)) {
    const found = await find()
    if (found !== undefined && found !== null && found !== false) return found
    if (performance.now() > endMs)
      throw new Error(`waited ${ms} ms without success for ${typeof what === 'string' ? what : await what()}`)
    await sleep(pauseMs)
  }
}

type Asked = { status: number; headers?: Headers | { 'retry-after'?: string | undefined } }

/**
 * Asks again, as a client should, when the service is too busy and refuses a request with 503, which changes nothing.
 * @returns the last answer after twenty refusals
 */
export async function patiently<A extends Asked>(
  ask: () => Promise<A>,
  isRefusal: (answer: A) => boolean = ({ status }) => status === 503,
): Promise<A> {
  for (let turn = 0; ; turn += 1) {
    const answer = await ask()
    if (!isRefusal(answer) || turn === 20) return answer
    const { headers } = answer
    const after = headers instanceof Headers ? headers.get('retry-after') : headers?.['retry-after']
    await sleep(Number(after ?? 1) * 1000)
  }
}
