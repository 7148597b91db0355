/** Many users at once, in batches: each batch is one transaction, each row has a result of its own. */
import { type Caller, need } from '../../caller.ts'
import { duplicateIndex, isDangling, type Tx } from '../../database/database.ts'
import { AppError, type Fault, isAppError } from '../../errors.ts'
import { firstBeyond, type Rights, rolesBeyond } from './authority.ts'
import { createDryRun, type ThoughtAdmins } from './dry-run.ts'
import { goneRole } from './guards.ts'
import { createIdentities, type Existing } from './imported-identity.ts'
import { createImportedNames } from './imported-names.ts'
import type { UsersNeeds } from './needs.ts'
import { createPlainPasswords, mayReplacePasswords } from './plain-passwords.ts'
import type { UserStore } from './store.ts'
import { rolesOf, type UserRow } from './user.ts'
import { namesOf, type Prepared, prepare, type Rules, type UserToImport } from './user-to-import.ts'
import { type ChangeWriter, type Difference, differenceOf } from './write-change.ts'

export type ImportOptions = {
  mode: 'create' | 'upsert'
  dryRun: boolean
  roles: Rules['roles']
}

/** What one import knows from its first row to its last. */
type Run = ImportOptions & {
  caller: Caller
  names: ReturnType<typeof createImportedNames>
  /** On a dry run. */
  admins: ThoughtAdmins
}
/** The same within one transaction, which may be undone. */
type Batch = Run & { rights: Rights; identities: ReturnType<typeof createIdentities> }

export type ImportResult = {
  row: number
  result: 'created' | 'updated' | 'skipped' | 'failed'
  id?: string
  reason?: string
  errors?: Fault[]
  notes?: string[]
}

const outranked: Fault = {
  pointer: '',
  code: 'permission_not_held',
  detail: 'The user has more permissions than the caller.',
}

/** What leads into an account: nobody changes their own without the current password. */
const credentials = new Set(['email', 'password'])
const notTheirPassword: Fault = {
  pointer: '/password_hash',
  code: 'permission_not_held',
  detail:
    'To replace the password of somebody who is here, the caller needs the permission users:export_hashes.',
}
const unconfirmed: Fault = {
  pointer: '',
  code: 'reauthentication_required',
  detail: 'Change your own e-mail address and password with your current password, not by an import.',
}

const reclaimed =
  'the address was not verified: the earlier password, sessions, links and API keys have ended'

export function createUserImport(needs: UsersNeeds, store: UserStore, writer: ChangeWriter) {
  const { database } = needs
  const dryRun = createDryRun(needs, store)
  const plainPasswords = createPlainPasswords(needs, store)

  const write = async (tx: Tx, rows: readonly Prepared[], batch: Batch): Promise<ImportResult[]> => {
    const { identities } = batch
    const created: Prepared[] = []
    const results: ImportResult[] = []
    for (const row of rows) {
      const found = identities.find(row)
      const repeated = identities.findRepeated(row)
      const beyond = firstBeyond(batch.rights, batch.caller, row.roles)
      if (beyond) results.push(failed(row, rolesBeyond(beyond)))
      else if (repeated) results.push(failed(row, repeated))
      else if (found) results.push(await meet(tx, row, found, batch))
      else {
        const taken = await identities.claim(row)
        if (!taken) created.push(row)
        const id = batch.dryRun && !row.hasOwnId ? {} : { id: row.columns.id }
        const notes = notesOfNew(row)
        results.push(
          taken
            ? failed(row, taken)
            : { row: row.row, result: 'created', ...id, ...(notes.length > 0 && { notes }) },
        )
      }
    }
    if (batch.dryRun) dryRun.create(created, batch.admins)
    else await insert(tx, batch.caller, created)
    return results
  }

  const insert = async (tx: Tx, caller: Caller, rows: readonly Prepared[]) => {
    if (rows.length === 0) return
    // They were here when passwords were hashed, and have gone since.
    if (rows.some(({ password, hash }) => password !== undefined && hash === undefined))
      throw new AppError('already_exists', { detail: 'Somebody was quicker; try again.' })
    await store.insertMany(
      tx,
      rows.map(({ columns, roles }) => ({ row: columns, roles })),
    )
    const passwords = rows.flatMap(({ columns, hash }) =>
      hash === undefined ? [] : [{ userId: columns.id, hash }],
    )
    await needs.passwords.setMany(tx, passwords)
    const events = rows.map(({ columns }) => ({
      type: 'user.created',
      reason: 'import',
      target: { kind: 'user' as const, id: columns.id },
    }))
    await needs.audit.record(tx, caller, ...events)
  }

  /** A row about somebody who is here already. */
  const meet = async (tx: Tx, row: Prepared, found: Existing, batch: Batch): Promise<ImportResult> => {
    const { user } = found
    const base = { row: row.row, id: user.id }
    if (batch.mode === 'create') {
      if (!isSamePerson(row, found))
        return failed(row, {
          pointer: '/email',
          code: 'email_taken',
          detail: 'Another user has this e-mail address.',
        })
      batch.identities.settle(row, user, user)
      return { ...base, result: 'skipped', reason: 'already_exists' }
    }
    if (firstBeyond(batch.rights, batch.caller, rolesOf(user))) return failed(row, outranked)
    const isNew = row.hash !== undefined && !(await needs.passwords.isTakenOver(tx, user.id, row.hash))
    if ((isNew || row.password !== undefined) && !mayReplacePasswords(batch.caller))
      return failed(row, notTheirPassword)
    const brought = { ...row.times, ...(isNew && { hash: row.hash }) }
    // The owner of an address that was never proven may not be the person who made the account.
    const isVouchedFor = !isNew && (row.hash !== undefined || row.password !== undefined)
    const needsProof = found.by === 'email' && !isVouchedFor
    const differenceTo = (current: UserRow) => ({
      ...differenceOf(current, row.given, brought),
      isReclaimed: needsProof && current.email_verified_at === null,
    })
    const difference = differenceTo(user)
    const taken = batch.identities.findTaken(user, difference.columns as Partial<UserRow>)
    if (taken) return failed(row, taken)
    if (user.id === batch.caller.userId && difference.changed.some((name) => credentials.has(name)))
      return failed(row, unconfirmed)
    const isChanged = difference.changed.length > 0
    let after = user
    if (isChanged && batch.dryRun) after = await dryRun.change(tx, user, difference, batch.admins)
    else if (isChanged) after = await change(tx, user, differenceTo, batch)
    batch.identities.settle(row, user, after)
    const notes = difference.isReclaimed ? [...row.notes, reclaimed] : row.notes
    return isChanged
      ? { ...base, result: 'updated', ...(notes.length > 0 && { notes }) }
      : { ...base, result: 'skipped', reason: 'unchanged' }
  }

  const change = async (
    tx: Tx,
    found: UserRow,
    differenceTo: (current: UserRow) => Difference,
    { caller, rights }: Batch,
  ): Promise<UserRow> => {
    const current = await store.findForChange(tx, found.id)
    // Somebody was quicker: the row is tried again by itself, on what is there then.
    if (!current || current.deleted_at !== null) throw new AppError('not_found')
    if (firstBeyond(rights, caller, rolesOf(current))) throw new AppError('permission_not_held')
    return writer.writeChange(tx, caller, current, differenceTo(current), 'import')
  }

  const inTransaction = async (rows: readonly Prepared[], run: Run): Promise<ImportResult[]> => {
    const { results, names, admins } = await database.transaction(async (tx) => {
      // Hashing takes its time: the caller may have lost rights since the rows were made ready, or roles gained some.
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
      const results = await write(tx, rows, { ...run, caller, rights, identities, admins })
      return { results, names, admins }
    })
    names.keep()
    run.admins = admins
    return results
  }

  /** A row that the whole batch stumbled over gets an error of its own; the others go on. */
  const oneByOne = async (rows: readonly Prepared[], run: Run): Promise<ImportResult[]> => {
    const results: ImportResult[] = []
    for (const row of rows) results.push(await byItself(row, run))
    return results
  }

  /** Who was quicker has committed by the second time, so that it is seen whom the row is about. */
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
    // A long import ends when the caller loses the right to it.
    const caller = await needs.roles.rightsNow(run.caller, database.read)
    need(caller, 'users:write')
    run.caller = caller
    const rules = { caller, roles: run.roles, permissionsOf: rights }
    const prepared = rows.map(({ row, user }) => ({ row, ready: prepare(row, user, rules, needs) }))
    const good = prepared.flatMap(({ ready }) => ('faults' in ready ? [] : [ready]))
    await plainPasswords.hash(good, run)
    let written: ImportResult[]
    try {
      written = await inTransaction(good, run)
    } catch (error) {
      const isOfRow = duplicateIndex(error) !== undefined || isDangling(error)
      if (!isOfRow && !(isAppError(error) && error.status < 500)) throw error
      written = await oneByOne(good, run)
    }
    for (const { id, result } of written) if (id && result === 'updated') needs.access.forget(id)
    const byRow = new Map(written.map((result) => [result.row, result]))
    return prepared.map(
      ({ row, ready }) =>
        byRow.get(row) ?? { row, result: 'failed', errors: 'faults' in ready ? ready.faults : [] },
    )
  }

  return {
    /**
     * Begins an import; give it the rows in batches. The results are in their order, and the same wherever the batches
     * end. A dry run writes nothing and has the results that the import would have.
     */
    startImport(
      caller: Caller,
      options: ImportOptions,
    ): (rows: readonly { row: number; user: UserToImport }[]) => Promise<ImportResult[]> {
      const names = createImportedNames(options.dryRun)
      const run: Run = { ...options, caller, names, admins: { lost: new Set(), isOneGained: false } }
      return (rows) => importBatch(rows, run)
    },
  }
}

/** An address alone makes nobody the same: not with another username, nor with another id in the other system. */
function isSamePerson({ columns, isDerived }: Prepared, { user, by }: Existing): boolean {
  if (by !== 'email') return true
  const ids = new Set([columns.external_id ?? user.external_id, user.external_id ?? columns.external_id])
  return ids.size === 1 && (isDerived || columns.username_key === user.username_key)
}

function failed({ row }: Prepared, fault: Fault): ImportResult {
  return { row, result: 'failed', errors: [fault] }
}

function notesOfNew({ notes, password, hash }: Prepared): string[] {
  return password === undefined && hash === undefined
    ? [...notes, 'has no password; no mail was sent']
    : notes
}

/** @throws the error when it is not about the row: the caller has lost the right to import */
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
