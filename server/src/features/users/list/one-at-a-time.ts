/** Runs work that reads all users one at a time for each caller: further work of the caller waits. */
import { refuseGivenUp } from '../../../attempt.ts'
import { actorId, type Caller } from '../../../caller.ts'

export type InTurn = <T>(work: () => Promise<T>) => Promise<T>

export function oneAtATime() {
  /** The end of the last work of each caller. */
  const ends = new Map<string, Promise<void>>()

  return (caller: Caller): InTurn => {
    const subject = actorId(caller) ?? ''
    return async (work) => {
      const { promise: end, resolve } = Promise.withResolvers<void>()
      const before = ends.get(subject)
      ends.set(subject, end)
      try {
        await before
        refuseGivenUp()
        return await work()
      } finally {
        resolve()
        if (ends.get(subject) === end) ends.delete(subject)
      }
    }
  }
}
