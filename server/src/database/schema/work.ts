/** The tables of statistics and of work on many users, as TypeScript sees them. */
import type { Generated } from 'kysely'
import type { Caller, Permission } from '../../caller.ts'
import type { JsonText } from '../../encoding/json-text.ts'

/** Owner: features/statistics. The bucket is a day, or a portion of the rows of the users. */
export type CountersTable = { name: string; bucket: string; amount: number }

/** Owner: features/statistics. What happened since the counters were last brought up to date. */
export type CounterChangesTable = { seq: Generated<number>; name: string; bucket: string; amount: number }

type JobKind =
  | 'disable'
  | 'enable'
  | 'delete'
  | 'restore'
  | 'end_sessions'
  | 'send_verification'
  | 'add_role'
  | 'remove_role'
type StoredCaller = Omit<Caller, 'permissions'> & { permissions: Permission[] }

/** Owner: features/jobs. Work on many users, done in batches. */
export type BulkJobsTable = {
  id: string
  kind: JobKind
  /** The users as they were chosen: a filter, or ids. */
  selection: JsonText<{ filter: Record<string, unknown> } | { ids: string[] }>
  role: string | null
  /** The job whose changes this one takes back. */
  undo_of: string | null
  /** Who asked for it, with the permissions of that moment. */
  caller: JsonText<StoredCaller>
  state: 'queued' | 'running' | 'done' | 'cancelled' | 'stopped'
  reason: string | null
  /** How many users were chosen when the job was made. */
  total: number
  changed: number
  unchanged: number
  failed: number
  /** Where the next batch begins; JSON. */
  position: string | null
  created_at: string
  started_at: string | null
  finished_at: string | null
  leased_by: string | null
  leased_until: string | null
}

/** Owner: features/jobs. The users whom a job is to change, or changed, or could not change. */
export type BulkJobUsersTable = { job_id: string; user_id: string; outcome: string; code: string | null }

/** Owner: features/housekeeping. Which replica runs a job. */
export type JobsTable = {
  name: string
  leased_by: string | null
  leased_until: string | null
  finished_at: string | null
}
