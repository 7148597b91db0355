import type { Migration } from './migration.ts'

/** The parts of SQLite's search index are merged between commits, no longer in them. */
export const searchMerges: Migration = {
  name: '0042-search-merges',
  up: (tx, { search }) => search.mergeApart(tx),
}
