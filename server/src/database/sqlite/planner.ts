/**
 * Statistics of SQLite's planner. A process takes them when it closes the file, and the next one plans with them for as
 * long as it runs. Those of a table with a few rows make it read the whole table, also when the table has grown; without
 * any, it expects a large table and uses the indexes.
 */
import type { DatabaseSync } from 'node:sqlite'

const smallRows = 1000
/** The first number of each row of `sqlite_stat1` is how many rows the index or the table has. */
const small = `select tbl from sqlite_stat1 group by tbl having max(cast(stat as integer)) < ${smallRows}`

/** Refreshes the statistics where that pays. A lock of another process or a full disk is not an error here. */
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
    // The second statement makes this connection read what is left.
    writer.exec(`delete from sqlite_stat1 where tbl in (${small}); analyze sqlite_schema`)
  } catch {}
}
