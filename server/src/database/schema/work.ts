/** The tables of statistics, jobs on many users and housekeeping. */
import type { Generated } from 'kysely'
import type { Caller, Permission } from '../../caller.ts'
import type { JsonText } from '../../encoding/json-text.ts'

/** Owner: features/statistics. The bucket is a day, or a range of rows of users. */
export type CountersTable = { name: string; bucket: string; amount: number }

/** Owner: features/statistics. Changes since the last update of the counters. */
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

/** Owner: features/jobs. Jobs on many users. */
export type BulkJobsTable = {
  id: string
  kind: JobKind
  /** The selection of the users: a filter, or ids. */
  selection: JsonText<{ filter: Record<string, unknown> } | { ids: string[] }>
  role: string | null
  /** The job whose changes this one undoes. */
  undo_of: string | null
  /** The caller, with the permissions at that time. */
  caller: JsonText<StoredCaller>
  state: 'queued' | 'running' | 'done' | 'cancelled' | 'stopped'
  reason: string | null
  /** The number of selected users when the job was created. */
  total: number
  changed: number
  unchanged: number
  failed: number
  /** The position of the next batch, as JSON. */
  position: string | null
  created_at: string
  started_at: string | null
  finished_at: string | null
  leased_by: string | null
  leased_until: string | null
}

/** Owner: features/jobs. The users of a job that are changing, changed, or failed. */
export type BulkJobUsersTable = { job_id: string; user_id: string; outcome: string; code: string | null }

/** Owner: features/housekeeping. The leases of periodic jobs. */
export type JobsTable = {
  name: string
  leased_by: string | null
  leased_until: string | null
  finished_at: string | null
}
