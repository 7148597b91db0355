/** Import and export of users as streams. */

import type { AuditLog, EventType } from '../../audit-events.ts'
import { type Caller, need } from '../../caller.ts'
import type { Database } from '../../database/database.ts'
import type { UserLookup } from '../users/lookup.ts'
import type { Users } from '../users/users.ts'
import { createExport, type ExportNeeds } from './export.ts'
import type { Formats } from './formats/index.ts'
import type { ImportedGroup, ImportFormat, ImportItem, ReadOptions } from './imported-user.ts'
import { createItemImport, type GroupsOfImport, type ItemImportNeeds } from './items.ts'
import { rolePolicies, sourceOf, type Unverified, type WeakPasswords } from './policies.ts'
import { createRecognition } from './recognition.ts'
import type { Imported, ImportMode } from './results.ts'
import { addSamples, type Sample } from './samples.ts'

export type { Imported, ImportMode, RowResult } from './results.ts'

export type Summary = {
  created: number
  updated: number
  skipped: number
  failed: number
  dry_run: boolean
  format: string
  /** The field for each column or member of the records. */
  columns: Record<string, string>
  /** In a dry run, the first users as they would be imported. */
  samples?: Sample[]
}
export type ImportRequest = {
  mode: ImportMode
  dryRun: boolean
  /** `claim` by default. */
  unverified?: Unverified
  /** `reset` by default: a plain password that the policy refuses is not imported. */
  weakPasswords?: WeakPasswords
  /** Whether the old system verifies new users without a password. It must be configured. */
  asksOldSystem?: boolean
  /** The source system, which becomes part of the external ids. */
  source?: string | undefined
  /** Whether both addresses get a mail when one is replaced; `true` by default. */
  mails?: boolean
  /** The number of rows in a transaction. On SQLite it blocks other writes: few in a running service, many in a command. */
  batchRows: number
} & ReadOptions

/** From this number of new users on, the import ends with work that later requests would otherwise have to do. */
const many = 1000

export type TransferNeeds<Query> = Omit<ExportNeeds<Query>, 'recordTransfer'> & {
  database: Database
  formats: Formats
  audit: AuditLog
  users: Pick<Users, 'startImport'>
  groups: GroupsOfImport
  identities: ItemImportNeeds['identities']
  listByExternalIds: UserLookup['listByExternalIds']
  /** Adds some of the changes of the counters to them. @returns their number */
  foldCounters(): Promise<number>
  /** Whether an old system that verifies passwords is configured. */
  hasOldSystem: boolean
}

export type Transfer<Query extends object = never> = ReturnType<typeof createTransfer<Query>>

export function createTransfer<Query extends object>(needs: TransferNeeds<Query>) {
  const { database, formats, audit, users } = needs
  const { importItems, also, joinGroup } = createItemImport(needs)
  const recognise = createRecognition(formats)

  const recordTransfer = (caller: Caller, type: EventType, changes: Record<string, unknown>) =>
    database.transaction((tx) =>
      audit.record(tx, caller, { type, target: { kind: 'system', id: null }, changes }),
    )

  /**
   * Refreshes the statistics of the planner, because lists are slow until the database does it itself. A failure does no
   * harm.
   */
  const analyze = () => database.transaction((tx) => database.dialect.analyze(tx)).catch(() => {})
  /** In a small table, a scan is the best plan to find one user. This plan must not be kept while the table grows. */
  const analyzeWhenSmall = () =>
    database.transaction((tx) => database.dialect.analyzeWhenSmall(tx, 'users', many)).catch(() => {})

  /** Does the work that would slow down the next requests. A failure does no harm, because later requests do it too. */
  const settle = async () => {
    await analyze()
    await database.mergeSearch().catch(() => {})
    const fold = () => needs.foldCounters().catch(() => 0)
    while ((await fold()) > 0);
  }

  return {
    formatNamed: formats.formatNamed,
    isHashScheme: formats.isHashScheme,
    formatNames: formats.formats.map(({ name }) => name),
    hasOldSystem: needs.hasOldSystem,

    recognise,

    /** Imports a stream. The results are returned in batches, in the order of the rows, after each batch is written. */
    async *import(
      caller: Caller,
      input: AsyncIterable<Uint8Array>,
      format: ImportFormat,
      request: ImportRequest,
    ): AsyncGenerator<Imported[], Summary> {
      need(caller, 'users:write')
      const counts = { created: 0, updated: 0, skipped: 0, failed: 0 }
      let columns: Record<string, string> = {}
      const samples: Sample[] = []
      const { mode, dryRun, unverified = 'claim' } = request
      const roles = rolePolicies[format.name] ?? 'harmless'
      const importRows = users.startImport(caller, {
        ...{ mode, dryRun, roles, unverified, mails: request.mails ?? true },
        source: sourceOf(format.name, request.source),
        weakPasswords: request.weakPasswords ?? 'reset',
        asksOldSystem: request.asksOldSystem ?? false,
        also: also({ mode, dryRun, harmless: roles !== 'as given' }),
      })
      let items: ImportItem[] = []
      const flush = async () => {
        const results = await importItems(items, importRows)
        if (dryRun) addSamples(samples, items, results)
        items = []
        const before = counts.created
        for (const { result } of results) counts[result] += 1
        if (!dryRun && before < many && counts.created >= many) await analyzeWhenSmall()
        // Let other requests run between two batches.
        await new Promise((resolve) => setImmediate(resolve))
        return results.map(({ username: _1, roles: _2, ...result }): Imported => result)
      }
      try {
        const onColumns = (found: typeof columns) => {
          columns = found
        }
        const groups: { row: number; group: ImportedGroup }[] = []
        for await (const item of format.read(input, { ...request, onColumns })) {
          if ('group' in item) groups.push(item)
          else items.push(item)
          if (items.length >= request.batchRows) yield await flush()
        }
        if (items.length > 0) yield await flush()
        // Groups refer to their members by id, and may precede them in the file.
        for (const group of groups) {
          const who = await needs.rightsNow(caller)
          yield [await joinGroup(who, group, { dryRun, harmless: roles !== 'as given' })]
          counts.skipped += 1
        }
      } finally {
        if (!dryRun) await recordTransfer(caller, 'users.imported', { ...counts, format: format.name })
        if (!dryRun && counts.created >= many) await settle()
      }
      return { ...counts, dry_run: dryRun, format: format.name, columns, ...(dryRun && { samples }) }
    },

    export: createExport({ ...needs, recordTransfer }),
  }
}
