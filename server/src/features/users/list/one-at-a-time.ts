/** Runs work that reads all users, one piece at a time for each caller. Further work of the same caller waits. */
import { refuseGivenUp } from '../../../attempt.ts'
import { actorId, type Caller } from '../../../caller.ts'

export type InTurn = <T>(work: () => Promise<T>) => Promise<T>

export function oneAtATime() {
  /** For each caller, a promise that settles when the last work ends. */
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
