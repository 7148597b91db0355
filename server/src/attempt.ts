/**
 * Whether the work on a request may still change anything. After it was given up it may not: its transactions are
 * refused or rolled back. Once a transaction of it commits, it is not given up any more.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { AppError } from './errors.ts'

export type Attempt = { isGivenUp: boolean; changes: number }

const current = new AsyncLocalStorage<Attempt>()

export function newAttempt(): Attempt {
  return { isGivenUp: false, changes: 0 }
}

/** Runs work whose transactions belong to the attempt. */
export function runAttempt<T>(attempt: Attempt, work: () => T): T {
  return current.run(attempt, work)
}

/** Begins what outlives the request that begins it, such as a timer, or work for several requests. */
export function outsideAttempt<T>(begin: () => T): T {
  return current.exit(begin)
}

/** @returns false when it has changed something, or is about to */
export function giveUp(attempt: Attempt): boolean {
  attempt.isGivenUp = attempt.changes === 0
  return attempt.isGivenUp
}

export function givenUp(): AppError {
  return new AppError('overloaded', { detail: 'The request took too long and was given up.' })
}

/** @throws overloaded when the request whose work this is was given up */
export function refuseGivenUp(): void {
  if (current.getStore()?.isGivenUp) throw givenUp()
}

/** The part of one transaction in the attempt that asks for it. */
export function partOfAttempt() {
  const attempt = current.getStore()
  let counts = false
  const refuse = () => {
    if (attempt?.isGivenUp) throw givenUp()
  }
  const rolledBack = () => {
    if (attempt && counts) attempt.changes -= 1
    counts = false
  }
  return {
    /** Around the work of the transaction, which commits right after it. @throws overloaded when it was given up */
    async decide<T>(work: () => Promise<T>): Promise<T> {
      rolledBack()
      refuse()
      const result = await work()
      refuse()
      if (attempt) attempt.changes += 1
      counts = true
      return result
    },
    rolledBack,
  }
}
