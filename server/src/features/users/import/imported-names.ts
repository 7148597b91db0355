/**
 * The names that earlier rows of an import have taken or released. A later row with the same name is refused, even if
 * it is in another batch. A dry run needs this record, because it writes nothing.
 */
import { createTextSet } from '../names/text-set.ts'

export type NameKind = 'id' | 'external_id' | 'email' | 'username'

export type NamesDraft = ReturnType<ReturnType<typeof createImportedNames>['draft']>

export function createImportedNames(dryRun: boolean) {
  const taken = createTextSet()
  const freed = createTextSet()
  /**
   * Whether the name is remembered after its batch. Usernames are remembered only in a dry run: otherwise the database
   * has them, and rows do not match users by username.
   */
  const isKept = (text: string) => dryRun || !text.startsWith('username ')
  return {
    /** The names in one transaction. Changes take effect only after `keep`. */
    draft() {
      const newlyTaken = new Set<string>()
      const newlyFreed = new Set<string>()
      return {
        isTaken(kind: NameKind, name: string): boolean {
          const text = `${kind} ${name}`
          return newlyTaken.has(text) || (isKept(text) && taken.has(text))
        },
        /** Whether an earlier row released this name, which the database still has. */
        isFreed(kind: NameKind, name: string): boolean {
          const text = `${kind} ${name}`
          return newlyFreed.has(text) || freed.has(text)
        },
        take(kind: NameKind, name: string | null | undefined): void {
          if (name != null) newlyTaken.add(`${kind} ${name}`)
        },
        free(kind: NameKind, name: string | null): void {
          if (name !== null) newlyFreed.add(`${kind} ${name}`)
        },
        keep(): void {
          for (const text of newlyTaken) if (isKept(text)) taken.add(text)
          if (dryRun) for (const text of newlyFreed) freed.add(text)
        },
      }
    },
  }
}
