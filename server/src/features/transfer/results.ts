import type { Fault } from '../../errors.ts'

export type ImportMode = 'create' | 'upsert'

/** The result of one row. */
export type RowResult = {
  row: number
  result: 'created' | 'updated' | 'skipped' | 'failed'
  id?: string
  reason?: string
  errors?: Fault[]
  notes?: string[]
  username?: string
  roles?: string[]
}

/** A result, with the row itself if it failed. */
export type Imported = RowResult & { source?: unknown }
