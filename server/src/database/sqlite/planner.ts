/**
 * Statistics of the planner of SQLite. A process writes them when it closes the file, and the next one uses them during
 * its whole life. With the statistics of a small table it scans the table, even after it has grown; without statistics it
 * expects a large table and uses the indexes.
 */
import type { DatabaseSync } from 'node:sqlite'

const smallRows = 1000
/** The first number of each row of `sqlite_stat1` is the number of rows of the index or table. */
const small = `select tbl from sqlite_stat1 group by tbl having max(cast(stat as integer)) < ${smallRows}`

/** Refreshes the statistics where it is useful. A lock of another process or a full disk is not an error here. */
export function optimize(writer: DatabaseSync): void {
  try {
    writer.exec('pragma optimize')
    forgetSmallTables(writer)
  } catch {}
}

/** Deletes the statistics of small tables, also those that an earlier version left behind. Call it before others open the file. */
export function forgetSmallTables(writer: DatabaseSync): void {
  try {
    if (writer.prepare(`${small} limit 1`).get() === undefined) return
    // The second statement makes this connection read the remaining statistics.
    writer.exec(`delete from sqlite_stat1 where tbl in (${small}); analyze sqlite_schema`)
  } catch {}
}
