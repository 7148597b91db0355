/**
 * Statistics of the planner of SQLite. A process writes them when it closes the file, and the next one uses them during
 * its whole life. With the statistics of a small table it scans the table, even after it has grown; without statistics it
 * expects a large table and uses the indexes. SQLite also scans a table if most of its rows waited in a queue when the
 * statistics were written, even when the queue is empty again. An example is the events without a position after an import.
 */
import type { DatabaseSync } from 'node:sqlite'

const smallRows = 1000
/** The first number of each row of `sqlite_stat1` is the number of rows of the index or table. */
const small = `select tbl from sqlite_stat1 group by tbl having max(cast(stat as integer)) < ${smallRows}`

/** Indexes of rows that wait for work. Their share of the table changes at any time. */
const queues = ['events_pending', 'events_surplus', 'mail_outbox_due']
const misleading = `tbl in (${small}) or idx in (${queues.map((name) => `'${name}'`).join()})`

/** Refreshes the statistics where it is useful. A lock of another process or a full disk is not an error here. */
export function optimize(writer: DatabaseSync): void {
  try {
    writer.exec('pragma optimize')
    forgetMisleading(writer)
  } catch {}
}

/** Deletes the statistics of small tables and of queues, also those of an earlier version. Call it before others open the file. */
export function forgetMisleading(writer: DatabaseSync): void {
  try {
    if (writer.prepare(`select 1 from sqlite_stat1 where ${misleading} limit 1`).get() === undefined) return
    // The second statement makes this connection read the remaining statistics.
    writer.exec(`delete from sqlite_stat1 where ${misleading}; analyze sqlite_schema`)
  } catch {}
}
