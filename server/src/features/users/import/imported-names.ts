/**
 * The names that the rows of one import have taken so far, and those that they have given up: what a row may not take
 * again, and what a dry run cannot see in the database. A file says one thing about a person; wherever its batches end,
 * a later row about the same one is refused.
 */
import { createTextSet } from '../names/text-set.ts'

export type NameKind = 'id' | 'external_id' | 'email' | 'username'

export type NamesDraft = ReturnType<ReturnType<typeof createImportedNames>['draft']>

export function createImportedNames(dryRun: boolean) {
  const taken = createTextSet()
  const freed = createTextSet()
  /** After a real batch the database shows who has the username; a row does not match a user by it. */
  const isKept = (text: string) => dryRun || !text.startsWith('username ')
  return {
    /** The names as one transaction sees and changes them; what it did counts when it is kept. */
    draft() {
      const newlyTaken = new Set<string>()
      const newlyFreed = new Set<string>()
      return {
        isTaken(kind: NameKind, name: string): boolean {
          const text = `${kind} ${name}`
          return newlyTaken.has(text) || (isKept(text) && taken.has(text))
        },
        /** Whether the user who has this name in the database has it no more. */
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
