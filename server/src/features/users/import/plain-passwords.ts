/** Hashes plain passwords of an import, outside of any transaction and only where needed. */
import { type Caller, may } from '../../../caller.ts'
import type { UsersNeeds } from '../needs.ts'
import type { UserStore } from '../store.ts'
import { createIdentities } from './imported-identity.ts'
import type { createImportedNames } from './imported-names.ts'
import { namesOf, type Prepared } from './user-to-import.ts'

type Occasion = {
  caller: Caller
  mode: 'create' | 'upsert'
  dryRun: boolean
  names: ReturnType<typeof createImportedNames>
}

/** The number of passwords hashed at a time. It leaves room in the queue for other requests. */
const hashesAtOnce = 4

export function createPlainPasswords({ database, passwords }: UsersNeeds, store: UserStore) {
  /** The hash to store; undefined when the user already has this password or keeps another one. */
  const hashOf = async (
    password: string,
    userId: string | undefined,
    { caller, mode, dryRun }: Occasion,
  ): Promise<string | undefined> => {
    if (userId !== undefined && (mode === 'create' || !mayReplacePasswords(caller))) return undefined
    if (userId !== undefined && (await passwords.verify(userId, password)).right) return undefined
    // A dry run does not hash: it needs to know only that there is a password.
    return dryRun ? '' : passwords.hash(password)
  }

  return {
    /** Adds the hash to rows with a plain password. @throws overloaded */
    async hash(rows: readonly Prepared[], occasion: Occasion): Promise<void> {
      const plain = rows.filter((row) => row.password !== undefined)
      if (plain.length === 0) return
      const known = await database.transaction((tx) => store.listNamed(tx, namesOf(plain)))
      const identities = createIdentities(known, occasion.names.draft(), async () => [])
      const work = async () => {
        for (let next = plain.shift(); next; next = plain.shift()) {
          identities.tellApart(next)
          next.hash = await hashOf(next.password!, idOf(identities.find(next)), occasion)
        }
      }
      await Promise.all(Array.from({ length: hashesAtOnce }, work))
    },
  }
}

/** A row that matches two users changes neither. */
function idOf(met: ReturnType<ReturnType<typeof createIdentities>['find']>): string | undefined {
  return met && 'user' in met ? met.user.id : undefined
}

/**
 * Only callers who may read password hashes may replace passwords. Other callers send a link by mail. They must not be
 * able to test whether a password is right by importing it.
 */
export function mayReplacePasswords(caller: Caller): boolean {
  return may(caller, 'users:export_hashes')
}
