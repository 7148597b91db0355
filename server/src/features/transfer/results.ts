import type { ImportOptions, ImportResult } from '../users/import/rows.ts'

export type ImportMode = ImportOptions['mode']
export type RowResult = ImportResult

/** A result, with the row itself if it failed. */
export type Imported = RowResult & { source?: unknown }
