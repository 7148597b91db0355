/** The types of jobs: in the database and in answers. */
import type { Selectable } from 'kysely'
import { now } from '../../clock.ts'
import type { BulkJobsTable } from '../../database/schema/schema.ts'
import { fromJsonText, jsonText } from '../../encoding/json-text.ts'

export const kinds = [
  'disable',
  'enable',
  'delete',
  'restore',
  'end_sessions',
  'send_verification',
  'add_role',
  'remove_role',
] as const
export type Kind = (typeof kinds)[number]

/** The kind of job that undoes each kind. */
export const opposites: Partial<Record<Kind, Kind>> = {
  disable: 'enable',
  enable: 'disable',
  delete: 'restore',
  restore: 'delete',
  add_role: 'remove_role',
  remove_role: 'add_role',
}

/** The filters of the list of users, or ids. */
export type Selection = { filter: Record<string, unknown> } | { ids: string[] }

export type JobRow = Selectable<BulkJobsTable>

export type Job = {
  id: string
  kind: Kind
  role: string | null
  filter: Record<string, unknown> | null
  state: JobRow['state']
  /** The error that ended the job. */
  reason: string | null
  total: number
  changed: number
  unchanged: number
  failed: number
  created_by: string | null
  undo_of: string | null
  can_undo: boolean
  created_at: string
  started_at: string | null
  finished_at: string | null
}

/**
 * The columns of a job that ends now. The address and the program of its caller are no longer needed, so they do not
 * outlive an erased user.
 */
export function endOf({ caller }: Pick<JobRow, 'caller'>, state: 'done' | 'stopped' | 'cancelled') {
  return {
    state,
    ...{ finished_at: now(), leased_by: null, leased_until: null },
    caller: jsonText({ ...fromJsonText(caller), address: null, userAgent: null }),
  }
}

export function jobOf(row: JobRow): Job {
  const selection = fromJsonText(row.selection)
  return {
    id: row.id,
    kind: row.kind,
    role: row.role,
    filter: 'filter' in selection ? selection.filter : null,
    state: row.state,
    reason: row.reason,
    total: Number(row.total),
    changed: Number(row.changed),
    unchanged: Number(row.unchanged),
    failed: Number(row.failed),
    created_by: fromJsonText(row.caller).userId,
    undo_of: row.undo_of,
    can_undo: row.finished_at !== null && Number(row.changed) > 0 && opposites[row.kind] !== undefined,
    created_at: row.created_at,
    started_at: row.started_at,
    finished_at: row.finished_at,
  }
}
