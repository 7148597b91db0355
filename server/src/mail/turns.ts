/**
 * Serialises the ends of mails. Several mails are sent to the server concurrently, but each is ended, acknowledged and
 * marked as sent before the next one ends. So a crash leaves only one of them in doubt.
 */
export type Turn = {
  /** Resolves when all earlier turns have ended. */
  begin(): Promise<void>
  /** Lets the next turn begin, also if this one never began. */
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
