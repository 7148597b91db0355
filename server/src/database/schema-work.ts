/** The tables of statistics and of work on many users, as TypeScript sees them. */
import type { Generated } from 'kysely'

/** Owner: features/statistics. The bucket is a day, or a portion of the rows of the users. */
export type CountersTable = { name: string; bucket: string; amount: number }

/** Owner: features/statistics. What happened since the counters were last brought up to date. */
export type CounterChangesTable = { seq: Generated<number>; name: string; bucket: string; amount: number }
