/** The caches of users' rights in this replica. */
import type { Database, Tx } from '../database/database.ts'

/** A cache of one feature. */
type Cache = {
  forget(userId: string): void
  forgetAll(): void
}

const everyone = 'everyone'

export type RightsCaches = ReturnType<typeof createRightsCaches>

export function createRightsCaches(database: Pick<Database, 'gatherForCommit'>) {
  const caches: Cache[] = []
  const forgetAll = () => {
    for (const cache of caches) cache.forgetAll()
  }

  const forget = (users: ReadonlySet<string>) => {
    if (users.has(everyone)) return forgetAll()
    for (const cache of caches) for (const userId of users) cache.forget(userId)
  }

  return {
    add(cache: Cache): void {
      caches.push(cache)
    },

    /** Called in the transaction that changes rights: after its commit the next request reads them again. */
    invalidate(tx: Tx, users: readonly string[] | typeof everyone): void {
      database.gatherForCommit(tx, users === everyone ? [everyone] : users, forget)
    },

    forgetAll,
  }
}
