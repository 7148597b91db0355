/**
 * Whether the work on a request may still change anything. After the request was abandoned (answered 503), its
 * transactions are refused or rolled back. After one of its transactions has begun to commit, the request is not
 * abandoned any more.
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

/** Runs work that outlives its request, such as a timer, or work for several requests. */
export function outsideAttempt<T>(begin: () => T): T {
  return current.exit(begin)
}

/** @returns false when it has changed something or is committing */
export function giveUp(attempt: Attempt): boolean {
  attempt.isGivenUp = attempt.changes === 0
  return attempt.isGivenUp
}

export function givenUp(): AppError {
  return new AppError('overloaded', { detail: 'The request exceeded its deadline and was abandoned.' })
}

/** @throws overloaded when the request of this work was abandoned */
export function refuseGivenUp(): void {
  if (current.getStore()?.isGivenUp) throw givenUp()
}

/** The part of one transaction in its attempt. */
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
    /**
     * Wraps the work of the transaction, which commits directly after it.
     * @throws overloaded when the request was abandoned
     */
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
