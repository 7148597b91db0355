import type { Migration } from './migration.ts'

/** PostgreSQL merges new entries of the search index earlier. */
export const smallPendingLists: Migration = {
  name: '0049-small-pending-lists',
  up: (tx, { search }) => search.mergeOften(tx),
}
