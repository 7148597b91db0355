import type { Fault } from '../../errors.ts'

export type ImportMode = 'create' | 'upsert'

/** What happened to one row. */
export type RowResult = {
  row: number
  result: 'created' | 'updated' | 'skipped' | 'failed'
  id?: string
  reason?: string
  errors?: Fault[]
  notes?: string[]
  username?: string
}

/** A result, and for a row that failed the row itself. */
export type Imported = RowResult & { source?: unknown }
