/** Imports the items of a batch, and adds users to the groups in them. */

import type { Caller } from '../../caller.ts'
import type { Database, Tx } from '../../database/database.ts'
import type { Identities } from '../identity-providers/identities.ts'
import type { UserLookup } from '../users/lookup.ts'
import type { ImportedGroup, ImportedUser, ImportItem } from './imported-user.ts'
import type { Imported, ImportMode, RowResult } from './results.ts'

/** Imports rows; the results are in the same order. */
export type ImportRows = (rows: readonly { row: number; user: ImportedUser }[]) => Promise<RowResult[]>

type Rows = readonly { row: number; user: Pick<ImportedUser, 'groups' | 'identities'> }[]

/**
 * Prepares the further data of rows. The returned function writes it in the transaction of the rows and adds to their
 * results.
 */
export type Also = (
  caller: Caller,
  rows: Rows,
) => Promise<(tx: Tx, caller: Caller, results: RowResult[]) => Promise<RowResult[]>>

export type GroupsOfImport = {
  listDirect(userIds: readonly string[]): Promise<Map<string, { id: string; name: string }[]>>
  startJoining(
    caller: Caller,
    names: readonly string[],
    options: { dryRun: boolean; harmless: boolean },
  ): Promise<
    (
      tx: Tx,
      caller: Caller,
      users: readonly { userId: string; names: readonly string[] }[],
    ) => Promise<Map<string, string[]>>
  >
}

export type ItemImportNeeds = {
  database: Pick<Database, 'transaction'>
  groups: GroupsOfImport
  identities: Pick<Identities, 'linkImported'>
  listByExternalIds: UserLookup['listByExternalIds']
}

type AlsoOptions = { mode: ImportMode; dryRun: boolean; harmless: boolean }

function withNotes(
  results: RowResult[],
  notes: ReadonlyMap<string, string[]>,
  keyOf: (result: RowResult) => string,
): RowResult[] {
  return results.map((each) => {
    const more = notes.get(keyOf(each))
    return more ? { ...each, notes: [...(each.notes ?? []), ...more] } : each
  })
}

export function createItemImport(needs: ItemImportNeeds) {
  const importItems = async (items: readonly ImportItem[], importRows: ImportRows): Promise<Imported[]> => {
    const rows = items.flatMap((item) => ('user' in item ? [item] : []))
    const results = rows.length > 0 ? await importRows(rows) : []
    const byRow = new Map(results.map((result) => [result.row, result]))
    return items.flatMap((item): Imported[] => ('group' in item ? [] : [resultOf(item, byRow)]))
  }

  const resultOf = (
    item: Exclude<ImportItem, { group: unknown }>,
    byRow: ReadonlyMap<number, RowResult>,
  ): Imported => {
    if ('skipped' in item) return { row: item.row, result: 'skipped', reason: item.skipped }
    if ('fault' in item)
      return {
        row: item.row,
        result: 'failed',
        errors: [{ pointer: '', ...item.fault }],
        source: item.source,
      }
    const result = byRow.get(item.row)!
    return result.result === 'failed' ? { ...result, source: item.user } : result
  }

  /** Adds the members of a group of the other system to the group with the same name, after all users were written. */
  const joinGroup = async (
    caller: Caller,
    { row, group }: { row: number; group: ImportedGroup },
    { dryRun, harmless }: { dryRun: boolean; harmless: boolean },
  ): Promise<RowResult> => {
    const name = JSON.stringify(group.name)
    const members = group.members()
    if (members.length === 0) return { row, result: 'skipped', reason: `the group ${name} has no members` }
    if (dryRun)
      return {
        row,
        result: 'skipped',
        reason: `the group ${name}; its members join it after the users are written`,
      }
    const joinIn = await needs.groups.startJoining(caller, [group.name], { dryRun, harmless })
    const { found, notes } = await needs.database.transaction(async (tx) => {
      const found = await needs.listByExternalIds(tx, members)
      const users = found.map((userId) => ({ userId, names: [group.name] }))
      return {
        found,
        notes: users.length > 0 ? await joinIn(tx, caller, users) : new Map<string, string[]>(),
      }
    })
    const [refusal] = [...notes.values()].flat()
    const reason = refusal ?? `the group ${name}: ${found.length} of ${members.length} members are in it`
    return { row, result: 'skipped', reason }
  }

  /** Adds the users of rows to the groups in these rows. */
  const joining =
    ({ mode, dryRun, harmless }: AlsoOptions): Also =>
    async (caller, rows) => {
      const groupsOf = new Map(
        rows.flatMap(({ row, user: { groups = [] } }) => (groups.length > 0 ? [[row, groups] as const] : [])),
      )
      if (groupsOf.size === 0) return async (_tx, _caller, results) => results
      const names = [...new Set([...groupsOf.values()].flat())]
      const joinIn = await needs.groups.startJoining(caller, names, { dryRun, harmless })
      const isThere = ({ result, reason }: RowResult) =>
        result === 'created' ||
        result === 'updated' ||
        (result === 'skipped' && mode === 'upsert' && reason === 'unchanged')
      // On a dry run new users have no ids yet.
      const keyOf = ({ id, row }: RowResult) => id ?? `row ${row}`
      return async (tx, caller, results) => {
        const here = results.filter((each) => isThere(each) && groupsOf.has(each.row))
        if (here.length === 0) return results
        const users = here.map((each) => ({ userId: keyOf(each), names: groupsOf.get(each.row)! }))
        return withNotes(results, await joinIn(tx, caller, users), keyOf)
      }
    }

  /** Links the accounts at other providers in rows of new users. */
  const linking =
    ({ dryRun }: AlsoOptions): Also =>
    async (_caller, rows) => {
      const accountsOf = new Map(
        rows.flatMap(({ row, user: { identities = [] } }) =>
          identities.length > 0 ? [[row, identities] as const] : [],
        ),
      )
      return async (tx, caller, results) => {
        const users = results.flatMap(({ row, result, id }) => {
          const accounts = accountsOf.get(row)
          return result === 'created' && id !== undefined && accounts ? [{ userId: id, accounts }] : []
        })
        if (users.length === 0 || dryRun) return results
        return withNotes(results, await needs.identities.linkImported(tx, caller, users), ({ id = '' }) => id)
      }
    }

  const also =
    (options: AlsoOptions): Also =>
    async (caller, rows) => {
      const join = await joining(options)(caller, rows)
      const link = await linking(options)(caller, rows)
      return async (tx, who, results) => link(tx, who, await join(tx, who, results))
    }

  return { importItems, also, joinGroup }
}
