/** Imports users in batches: each batch is one transaction, and each row has its own result. */
import { type Caller, need } from '../../../caller.ts'
import { duplicateIndex, isDangling, isLockTimeout } from '../../../database/database.ts'
import { type Fault, isAppError } from '../../../errors.ts'
import { goneRole } from '../changes/guards.ts'
import type { UserStores } from '../changes/stores.ts'
import type { ChangeWriter } from '../changes/write-change.ts'
import type { UsersNeeds } from '../needs.ts'
import { createIdentities } from './imported-identity.ts'
import { createImportedNames } from './imported-names.ts'
import { createPlainPasswords } from './plain-passwords.ts'
import { createRowImport, failed, type ImportOptions, type ImportResult, type Run } from './rows.ts'
import { namesOf, type Prepared, prepare, type UserToImport } from './user-to-import.ts'

export function createUserImport(needs: UsersNeeds, stores: UserStores, writer: ChangeWriter) {
  const { users: store } = stores
  const { database } = needs
  const { write } = createRowImport(needs, stores, writer)
  const plainPasswords = createPlainPasswords(needs, store)

  const inTransaction = async (rows: readonly Prepared[], run: Run): Promise<ImportResult[]> => {
    const { results, names, admins } = await database.transaction(async (tx) => {
      // Hashing takes time, so the rights of the caller or of roles may have changed since the rows were prepared.
      const caller = await needs.roles.rightsNow(run.caller, tx)
      need(caller, 'users:write')
      const rights = await needs.roles.permissionsByRole(tx)
      const names = run.names.draft()
      const known = await store.listNamed(tx, namesOf(rows))
      if (run.mode === 'upsert' && !run.dryRun)
        await store.hold(
          tx,
          known.map(({ id }) => id),
        )
      const identities = createIdentities(known, names, (wanted) => store.listNamed(tx, wanted))
      const admins = { ...run.admins, lost: new Set(run.admins.lost) }
      const written = await write(tx, rows, { ...run, caller, rights, identities, admins })
      const results = await run.alsoWrite(tx, caller, written)
      return { results, names, admins }
    })
    names.keep()
    run.admins = admins
    return results
  }

  /** Retries a batch, because another transaction may lock one of its rows for longer than the lock timeout. */
  const patiently = async (rows: readonly Prepared[], run: Run, times = 5): Promise<ImportResult[]> => {
    try {
      return await inTransaction(rows, run)
    } catch (error) {
      if (!isLockTimeout(error) || times === 1) throw error
      return patiently(rows, run, times - 1)
    }
  }

  /** If the batch fails, writes each row alone, so that only the faulty row gets an error. */
  const oneByOne = async (rows: readonly Prepared[], run: Run): Promise<ImportResult[]> => {
    const results: ImportResult[] = []
    for (const row of rows) results.push(await byItself(row, run))
    return results
  }

  /**
   * Retries a row whose name was taken. By then the competing transaction has committed, so the row can match its user.
   */
  const byItself = async (row: Prepared, run: Run, times = 3): Promise<ImportResult> => {
    try {
      return (await inTransaction([row], run))[0]!
    } catch (error) {
      const wasLate = duplicateIndex(error) !== undefined || (isAppError(error) && error.code === 'not_found')
      return wasLate && times > 1 ? byItself(row, run, times - 1) : failed(row, faultOf(error))
    }
  }

  const importBatch = async (
    rows: readonly { row: number; user: UserToImport }[],
    run: Run,
  ): Promise<ImportResult[]> => {
    const rights = await needs.roles.permissionsByRole()
    // A long import ends when the caller loses the permission.
    const caller = await needs.roles.rightsNow(run.caller, database.read)
    need(caller, 'users:write')
    run.caller = caller
    const rules = {
      caller,
      roles: run.roles,
      source: run.source,
      ...{ weakPasswords: run.weakPasswords, asksOldSystem: run.asksOldSystem },
      permissionsOf: rights,
    }
    const prepared = rows.map(({ row, user }) => ({ row, ready: prepare(row, user, rules, needs) }))
    const good = prepared.flatMap(({ ready }) => ('faults' in ready ? [] : [ready]))
    await plainPasswords.hash(good, run)
    run.alsoWrite = await run.also(caller, rows)
    let written: ImportResult[]
    try {
      written = await patiently(good, run)
    } catch (error) {
      const isOfRow = duplicateIndex(error) !== undefined || isDangling(error)
      if (!isOfRow && !(isAppError(error) && error.status < 500)) throw error
      written = await oneByOne(good, run)
    }
    const byRow = new Map(written.map((result) => [result.row, result]))
    return prepared.map(
      ({ row, ready }) =>
        byRow.get(row) ?? { row, result: 'failed', errors: 'faults' in ready ? ready.faults : [] },
    )
  }

  return {
    /**
     * Starts an import. Pass the rows in batches. The results are in the order of the rows, whatever the size of the
     * batches. A dry run writes nothing and returns the results that a real import would have.
     */
    startImport(
      caller: Caller,
      options: ImportOptions,
    ): (rows: readonly { row: number; user: UserToImport }[]) => Promise<ImportResult[]> {
      const names = createImportedNames(options.dryRun)
      const admins = { lost: new Set<string>(), isOneGained: false }
      const run: Run = {
        ...options,
        caller,
        names,
        admins,
        alsoWrite: async (_tx, _caller, results) => results,
      }
      return (rows) => importBatch(rows, run)
    },
  }
}

/** @throws the error if it does not concern the row, because the caller may no longer import */
function faultOf(error: unknown): Fault {
  if (isAppError(error) && error.code === 'forbidden') throw error
  if (isAppError(error) && error.status < 500) return { pointer: '', code: error.code, detail: error.detail }
  if (isDangling(error)) return goneRole
  const index = duplicateIndex(error)
  if (index === undefined) throw error
  const code =
    index === 'users_email_key'
      ? 'email_taken'
      : index === 'users_username_key'
        ? 'username_taken'
        : 'already_exists'
  return { pointer: '', code, detail: 'Another user has this name.' }
}
