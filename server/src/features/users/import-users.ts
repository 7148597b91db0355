/** Many users at once, in batches: each batch is one transaction, each row has a result of its own. */
import type { Caller } from '../../caller.ts'
import { duplicateIndex, type Tx } from '../../database/database.ts'
import { AppError, type Fault, isAppError } from '../../errors.ts'
import { firstBeyond, type Rights } from './authority.ts'
import { type Existing, existingUsers } from './imported-identity.ts'
import type { UsersNeeds } from './needs.ts'
import type { UserStore } from './store.ts'
import { rolesOf, type UserRow } from './user.ts'
import { type Prepared, prepare, type Rules, type UserToImport } from './user-to-import.ts'
import { type ChangeWriter, differenceOf } from './write-change.ts'

export type ImportOptions = {
  mode: 'create' | 'upsert'
  dryRun: boolean
  roles: Rules['roles']
}

type Run = ImportOptions & { rights: Rights }

export type ImportResult = {
  row: number
  result: 'created' | 'updated' | 'skipped' | 'failed'
  id?: string
  reason?: string
  errors?: Fault[]
  notes?: string[]
}

/** Thrown to undo a batch whose results are all that is wanted. */
const undone = Symbol('undone')
/** Passwords in plain text are hashed so many at a time; the queue has room for other people's. */
const hashesAtOnce = 4
const outranked: Fault = {
  pointer: '',
  code: 'permission_not_held',
  detail: 'The user has more permissions than the caller.',
}

export function createUserImport(needs: UsersNeeds, store: UserStore, writer: ChangeWriter) {
  const { database } = needs

  /** Hashes the plain passwords, outside of any transaction. */
  const hashed = async (rows: readonly Prepared[]): Promise<void> => {
    const plain = rows.filter((row) => row.password !== undefined)
    const work = async () => {
      for (let next = plain.shift(); next; next = plain.shift())
        next.hash = await needs.passwords.hash(next.password!)
    }
    await Promise.all(Array.from({ length: hashesAtOnce }, work))
  }

  const write = async (
    tx: Tx,
    caller: Caller,
    rows: readonly Prepared[],
    options: Run,
  ): Promise<ImportResult[]> => {
    const existing = existingUsers(await store.listNamed(tx, namesOf(rows)))
    const created: Prepared[] = []
    const results: ImportResult[] = []
    for (const row of rows) {
      const found = existing.find(row)
      if (found) {
        results.push(await meet(tx, caller, row, found, options))
        const now = await store.findForChange(tx, found.user.id)
        if (options.mode === 'upsert' && now) existing.renew(now)
        continue
      }
      const fault = await existing.claim(row, (names) => store.listNamed(tx, names))
      if (fault) results.push({ row: row.row, result: 'failed', errors: [fault] })
      else {
        created.push(row)
        results.push({ row: row.row, result: 'created', id: row.columns.id, ...notesOf(row) })
      }
    }
    await insert(tx, caller, created)
    return results
  }

  const insert = async (tx: Tx, caller: Caller, rows: readonly Prepared[]) => {
    if (rows.length === 0) return
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
  const meet = async (
    tx: Tx,
    caller: Caller,
    row: Prepared,
    { user, by }: Existing,
    { mode, rights }: Run,
  ): Promise<ImportResult> => {
    const base = { row: row.row, id: user.id, ...notesOf(row) }
    if (mode === 'create') {
      const isSame = by !== 'email' || row.isDerived || row.columns.username_key === user.username_key
      if (isSame) return { ...base, result: 'skipped', reason: 'already_exists' }
      return {
        row: row.row,
        result: 'failed',
        errors: [{ pointer: '/email', code: 'email_taken', detail: 'Another user has this e-mail address.' }],
      }
    }
    if (firstBeyond(rights, caller, rolesOf(user)) !== undefined)
      return { row: row.row, result: 'failed', errors: [outranked] }
    const after = await update(tx, caller, row, user, rights)
    return after ? { ...base, result: 'updated' } : { ...base, result: 'skipped', reason: 'unchanged' }
  }

  /** @returns whether something differed */
  const update = async (
    tx: Tx,
    caller: Caller,
    row: Prepared,
    found: UserRow,
    rights: Rights,
  ): Promise<boolean> => {
    const isNew = row.hash !== undefined && !(await needs.passwords.isStored(tx, found.id, row.hash))
    const differenceTo = (user: UserRow) =>
      differenceOf(user, row.given, { ...(isNew && { hash: row.hash }), ...row.times })
    if (differenceTo(found).changed.length === 0) return false
    const current = await store.findForChange(tx, found.id)
    // Somebody was quicker: the row is tried again by itself, on what is there then.
    if (!current || current.deleted_at !== null) throw new AppError('not_found')
    if (firstBeyond(rights, caller, rolesOf(current))) throw new AppError('permission_not_held')
    await writer.writeChange(tx, caller, current, differenceTo(current), 'import')
    return true
  }

  const inTransaction = async (
    caller: Caller,
    rows: readonly Prepared[],
    options: Run,
  ): Promise<ImportResult[]> => {
    let results: ImportResult[] = []
    try {
      await database.transaction(async (tx) => {
        results = await write(tx, caller, rows, options)
        if (options.dryRun) throw undone
      })
    } catch (error) {
      if (error !== undone) throw error
    }
    return results
  }

  /** A row that the whole batch stumbled over gets an error of its own; the others go on. */
  const oneByOne = async (
    caller: Caller,
    rows: readonly Prepared[],
    options: Run,
  ): Promise<ImportResult[]> => {
    const results: ImportResult[] = []
    for (const row of rows) {
      try {
        results.push(...(await inTransaction(caller, [row], options)))
      } catch (error) {
        results.push({ row: row.row, result: 'failed', errors: [faultOf(error)] })
      }
    }
    return results
  }

  return {
    /** Imports some rows; the results are in their order. Nothing is written on a dry run. */
    async importBatch(
      caller: Caller,
      rows: readonly { row: number; user: UserToImport }[],
      options: ImportOptions,
    ): Promise<ImportResult[]> {
      const rights = await needs.roles.permissionsByRole()
      const run: Run = { ...options, rights }
      const rules = {
        caller,
        roles: options.roles,
        permissionsOf: rights,
      }
      const prepared = rows.map(({ row, user }) => ({ row, ready: prepare(row, user, rules, needs) }))
      const good = prepared.flatMap(({ ready }) => ('faults' in ready ? [] : [ready]))
      let written: ImportResult[]
      try {
        if (!options.dryRun) await hashed(good)
        written = await inTransaction(caller, good, run)
      } catch (error) {
        if (duplicateIndex(error) === undefined && !(isAppError(error) && error.status < 500)) throw error
        written = await oneByOne(caller, good, run)
      }
      for (const { id, result } of written) if (id && result === 'updated') needs.access.forget(id)
      const byRow = new Map(written.map((result) => [result.row, result]))
      return prepared.map(
        ({ row, ready }) =>
          byRow.get(row) ?? { row, result: 'failed', errors: 'faults' in ready ? ready.faults : [] },
      )
    },
  }
}

function namesOf(rows: readonly Prepared[]) {
  return {
    ids: rows.filter(({ hasOwnId }) => hasOwnId).map(({ columns }) => columns.id),
    externalIds: rows.flatMap(({ columns }) => columns.external_id ?? []),
    emailKeys: rows.map(({ columns }) => columns.email_key),
    usernameKeys: rows.map(({ columns }) => columns.username_key),
  }
}

function notesOf({ notes }: Prepared): { notes?: string[] } {
  return notes.length > 0 ? { notes } : {}
}

function faultOf(error: unknown): Fault {
  if (isAppError(error) && error.status < 500) return { pointer: '', code: error.code, detail: error.detail }
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
