/**
 * Turns, one after the other. Several mails travel to the server at once, but each is ended, acknowledged and marked
 * as sent before the next one ends: a crash can then leave only one of them in doubt.
 */
export type Turn = {
  /** Resolves when all turns that began before have ended. */
  begin(): Promise<void>
  /** Lets the next one begin, also when this one never did. */
  end(): void
}

export function createTurns(): () => Turn {
  let last: Promise<void> = Promise.resolve()
  return () => {
    const { promise: ended, resolve: end } = Promise.withResolvers<void>()
    return {
      begin() {
        const before = last
        last = before.then(() => ended)
        return before
      },
      end,
    }
  }
}
