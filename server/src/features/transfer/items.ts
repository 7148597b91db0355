/** The items of a batch, imported, and the groups that they name, joined. */
import type { Caller } from '../../caller.ts'
import type { ImportedUser, ImportItem } from './imported-user.ts'
import type { Imported, ImportMode, RowResult } from './results.ts'

/** Imports some rows; the results are in their order. */
export type ImportRows = (rows: readonly { row: number; user: ImportedUser }[]) => Promise<RowResult[]>

/** Adds what happened to the groups of rows to their results. */
export type Join = (
  rows: readonly { row: number; user: ImportedUser }[],
  results: readonly RowResult[],
) => Promise<readonly RowResult[]>

export type GroupsOfImport = {
  listDirect(userIds: readonly string[]): Promise<Map<string, { id: string; name: string }[]>>
  /** @returns for each user what is to be told of groups that were not joined */
  joinByName(
    caller: Caller,
    users: readonly { userId: string; names: readonly string[] }[],
    options: { dryRun: boolean; harmless: boolean },
  ): Promise<Map<string, string[]>>
}

type Needs = { groups: GroupsOfImport; rightsNow(caller: Caller): Promise<Caller> }

export function createItemImport(needs: Needs) {
  const importItems = async (
    items: readonly ImportItem[],
    importRows: ImportRows,
    join: Join,
  ): Promise<Imported[]> => {
    const rows = items.flatMap((item) => ('user' in item ? [item] : []))
    const results = await join(
      rows,
      await importRows(rows.map(({ row, user: { groups: _, ...user } }) => ({ row, user }))),
    )
    const byRow = new Map(results.map((result) => [result.row, result]))
    return items.map((item): Imported => {
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
    })
  }

  /** Lets the users of rows join the groups that the rows name. */
  const joining = (
    caller: Caller,
    { mode, dryRun, harmless }: { mode: ImportMode; dryRun: boolean; harmless: boolean },
  ): Join => {
    return async (rows, results) => {
      const groupsOf = new Map(rows.map(({ row, user }) => [row, user.groups ?? []]))
      const isThere = ({ result, reason }: RowResult) =>
        result === 'created' ||
        result === 'updated' ||
        (result === 'skipped' && mode === 'upsert' && reason === 'unchanged')
      const joiningRows = results.filter((each) => isThere(each) && (groupsOf.get(each.row) ?? []).length > 0)
      if (joiningRows.length === 0) return results
      // On a dry run new users have no ids yet.
      const keyOf = ({ id, row }: RowResult) => id ?? `row ${row}`
      const users = joiningRows.map((each) => ({ userId: keyOf(each), names: groupsOf.get(each.row) ?? [] }))
      const notes = await needs.groups.joinByName(await needs.rightsNow(caller), users, { dryRun, harmless })
      return results.map((each) => {
        const more = isThere(each) ? notes.get(keyOf(each)) : undefined
        return more ? { ...each, notes: [...(each.notes ?? []), ...more] } : each
      })
    }
  }

  return { importItems, joining }
}
