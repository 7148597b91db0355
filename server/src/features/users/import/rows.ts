/** Writes the rows of one batch: new users together, changes of existing users one by one. */
import type { NewAuditEvent } from '../../../audit-events.ts'
import { type Caller, may } from '../../../caller.ts'
import type { Tx } from '../../../database/database.ts'
import { AppError, type Fault } from '../../../errors.ts'
import { firstBeyond, newRoles, type Rights, rolesBeyond } from '../authority.ts'
import type { UserStores } from '../changes/stores.ts'
import { type ChangeWriter, type Difference, differenceOf, reclaim } from '../changes/write-change.ts'
import type { UsersNeeds } from '../needs.ts'
import { isRaised } from '../sign-ups/unproven.ts'
import { allRolesOf, rolesOf, type UserRow } from '../user.ts'
import { createDryRun, type ThoughtAdmins } from './dry-run.ts'
import type { createIdentities, Existing } from './imported-identity.ts'
import type { createImportedNames } from './imported-names.ts'
import { mayReplacePasswords } from './plain-passwords.ts'
import { noteOfLostApp, type Prepared, type Rules, type UserToImport } from './user-to-import.ts'

export type ImportOptions = {
  mode: 'create' | 'upsert'
  dryRun: boolean
  roles: Rules['roles']
  source: Rules['source']
  weakPasswords: Rules['weakPasswords']
  /** Whether the old system verifies the passwords of new users whose rows have none. */
  asksOldSystem: boolean
  /** The treatment of an account that a row matches by an unproven address. */
  unverified: 'claim' | 'refuse'
  /** Whether a change of the address sends a mail to both addresses. */
  mails: boolean
  /** Writes further data of the rows, such as groups. */
  also: AlsoImport
}

/**
 * Prepares the rows before the transaction of a batch. The returned function writes in the transaction and adds to the
 * results. A row that is retried alone has its own transaction.
 */
export type AlsoImport = (
  caller: Caller,
  rows: readonly { row: number; user: UserToImport }[],
) => Promise<AlsoWrite>
type AlsoWrite = (tx: Tx, caller: Caller, results: ImportResult[]) => Promise<ImportResult[]>

/** The state of one import. */
export type Run = ImportOptions & {
  caller: Caller
  names: ReturnType<typeof createImportedNames>
  /** Used by a dry run. */
  admins: ThoughtAdmins
  /** Writes further data of the current batch. */
  alsoWrite: AlsoWrite
}
/** The state of one transaction, which may be rolled back. */
export type Batch = Run & { rights: Rights; identities: ReturnType<typeof createIdentities> }

/** The result of one row. */
export type ImportResult = {
  row: number
  result: 'created' | 'updated' | 'skipped' | 'failed'
  id?: string
  reason?: string
  errors?: Fault[]
  notes?: string[]
  /** In a dry run, the username that a new user would get. */
  username?: string
  /** In a dry run, the roles that the user would have. */
  roles?: string[]
}

const outranked: Fault = {
  pointer: '',
  code: 'permission_not_held',
  detail: 'The user has more permissions than the caller.',
}

/** The fields that give access to an account. Users may change their own only with the current password. */
const credentials = new Set(['email', 'password'])
const notTheirPassword: Fault = {
  pointer: '/password_hash',
  code: 'permission_not_held',
  detail: 'To replace the password of an existing user, the caller needs the permission users:export_hashes.',
}
const notTheirFactor: Fault = {
  pointer: '/totp_secret',
  code: 'permission_not_held',
  detail:
    'To add an authenticator app to an existing user, the caller needs the permission users:export_hashes.',
}
const unconfirmed: Fault = {
  pointer: '',
  code: 'reauthentication_required',
  detail: 'Change your own e-mail address and password with your current password, not by an import.',
}

const emailTaken: Fault = {
  pointer: '/email',
  code: 'email_taken',
  detail: 'Another user has this e-mail address.',
}

const unverifiedAccount: Fault = {
  pointer: '/email',
  code: 'unverified_account',
  detail: 'An account has this e-mail address, but the address is not proven.',
}

const unproven = 'an account with this address exists, but the address is not proven; nothing was changed'
const reclaimed =
  'the address was not verified: the former password, sessions, links and API keys were removed'

export function createRowImport(
  needs: UsersNeeds,
  { users: store, signUps, claims }: UserStores,
  writer: ChangeWriter,
) {
  const dryRun = createDryRun(needs, store)

  /** @returns the results in the order of the rows */
  const write = async (tx: Tx, rows: readonly Prepared[], batch: Batch): Promise<ImportResult[]> => {
    const { identities } = batch
    identities.reserve(rows)
    const created: Prepared[] = []
    const results: ImportResult[] = []
    // A caller who may not read users must not learn which user has a name, or whether all names belong to one user.
    const isBlind = !may(batch.caller, 'users:read')
    const refused = (row: Prepared, fault: Fault) => (isBlind ? known(row) : failed(row, fault))
    for (const row of rows) {
      identities.tellApart(row)
      const met = identities.find(row)
      const repeated = identities.findRepeated(row)
      const beyond = firstBeyond(batch.rights, batch.caller, row.roles)
      if (beyond) results.push(failed(row, rolesBeyond(beyond)))
      else if (repeated) results.push(failed(row, repeated))
      else if (met && 'user' in met) results.push(isBlind ? known(row) : await meet(tx, row, met, batch))
      else if (met) results.push(refused(row, met))
      else {
        const taken = await identities.claim(row)
        if (!taken) created.push(row)
        const id = batch.dryRun && !row.hasOwnId ? {} : { id: row.columns.id }
        const name = batch.dryRun ? { username: row.columns.username, roles: row.roles } : {}
        const notes = notesOfNew(row)
        results.push(
          taken
            ? refused(row, taken)
            : { row: row.row, result: 'created', ...id, ...name, ...(notes.length > 0 && { notes }) },
        )
      }
    }
    if (batch.dryRun) dryRun.create(created, batch.admins)
    else await insert(tx, batch.caller, created)
    return results
  }

  const insert = async (tx: Tx, caller: Caller, rows: readonly Prepared[]) => {
    if (rows.length === 0) return
    // The user was deleted while the passwords were hashed.
    if (rows.some(({ password, hash }) => password !== undefined && hash === undefined))
      throw new AppError('already_exists', { detail: 'Another request was faster; try again.' })
    await store.insertMany(
      tx,
      rows.map(({ columns, roles }) => ({ row: columns, roles })),
    )
    await claims.claimMany(
      tx,
      rows.map(({ columns }) => columns),
    )
    const passwords = rows.flatMap((row) => {
      const hash = row.asksOldSystem ? needs.oldSystemMark : row.hash
      return hash === undefined ? [] : [{ userId: row.columns.id, hash }]
    })
    await needs.passwords.setMany(tx, passwords)
    const apps = rows.flatMap(({ columns, totp }) =>
      totp === undefined ? [] : [{ userId: columns.id, sealed: totp }],
    )
    if (apps.length > 0) await needs.factors.setTotps(tx, apps)
    const events = rows.map(
      ({ columns }): NewAuditEvent => ({
        type: 'user.created',
        reason: 'import',
        target: { kind: 'user', id: columns.id },
      }),
    )
    await needs.audit.record(tx, caller, ...events)
  }

  /**
   * Whether the row marks an unproven address as verified, or gives its account a role. Any role counts, because it may
   * get permissions while the import runs.
   */
  const isRaisedSignUp = async (tx: Tx, { given }: Prepared, user: UserRow, { rights }: Batch) =>
    (isRaised(rights, user, given) || newRoles(user, given).length > 0) &&
    (await signUps.find(user.id, tx)) !== undefined

  /** Writes a row that matches an existing user. */
  const meet = async (tx: Tx, row: Prepared, found: Existing, batch: Batch): Promise<ImportResult> => {
    const { user } = found
    const base = { row: row.row, id: user.id }
    if (batch.mode === 'create') return skip(row, found, batch)
    if (firstBeyond(batch.rights, batch.caller, allRolesOf(user))) return failed(row, outranked)
    const isNew = row.hash !== undefined && !(await needs.passwords.isTakenOver(tx, user.id, row.hash))
    if ((isNew || row.password !== undefined) && !mayReplacePasswords(batch.caller))
      return failed(row, notTheirPassword)
    const brought = { ...row.times, ...(isNew && { hash: row.hash }) }
    // The address is unproven, so the person who created the account may not own it.
    const isVouchedFor = !isNew && (row.hash !== undefined || row.password !== undefined)
    const isStranger = found.by === 'email' || (await isRaisedSignUp(tx, row, user, batch))
    const needsProof = isStranger && !isVouchedFor
    const isSignUp = needsProof && (await signUps.find(user.id, tx)) !== undefined
    const hasApp = row.app !== undefined && (await needs.factors.hasTotp(tx, user.id))
    const differenceTo = (current: UserRow) => {
      const difference: Difference = differenceOf(current, row.given, brought)
      const isTold = difference.changed.length > 0 || isSignUp || (row.app !== undefined && !hasApp)
      if (needsProof && current.email_verified_at === null && isTold) reclaim(difference)
      return difference
    }
    const difference = differenceTo(user)
    const taken = batch.identities.findTaken(user, difference.columns)
    if (taken) return failed(row, taken)
    const app = hasApp && !difference.isReclaimed ? undefined : row.app
    if (app && !mayReplacePasswords(batch.caller)) return failed(row, notTheirFactor)
    if (app && user.id === batch.caller.userId) return failed(row, unconfirmed)
    const sealed = app && needs.factors.readTotp(user.id, app)
    const isChanged = difference.changed.length > 0
    const isCredential = (name: string) => difference.isReclaimed || credentials.has(name)
    if (user.id === batch.caller.userId && difference.changed.some(isCredential))
      return failed(row, unconfirmed)
    if (difference.isReclaimed && batch.unverified === 'refuse') return failed(row, unverifiedAccount)
    let after = user
    if (isChanged && batch.dryRun) after = await dryRun.change(tx, user, difference, batch.admins)
    else if (isChanged) after = await change(tx, user, differenceTo, batch)
    if (sealed !== undefined && !batch.dryRun)
      await needs.factors.addTotp(tx, batch.caller, { userId: user.id, sealed }, batch.mails)
    batch.identities.settle(row, user, after)
    const notes = [
      ...row.notes,
      ...(difference.isReclaimed ? [reclaimed] : []),
      ...(app && sealed === undefined ? [noteOfLostApp(app)] : []),
    ]
    return isChanged || sealed !== undefined
      ? {
          ...{ ...base, result: 'updated', ...(batch.dryRun && { roles: row.given.roles ?? rolesOf(user) }) },
          ...(notes.length > 0 && { notes }),
        }
      : { ...base, result: 'skipped', reason: 'unchanged' }
  }

  const change = async (
    tx: Tx,
    found: UserRow,
    differenceTo: (current: UserRow) => Difference,
    { caller, rights, mails }: Batch,
  ): Promise<UserRow> => {
    const current = await store.findForChange(tx, found.id)
    // Another request deleted the user, so the row is retried alone.
    if (!current || current.deleted_at !== null) throw new AppError('not_found')
    if (firstBeyond(rights, caller, allRolesOf(current))) throw new AppError('permission_not_held')
    return writer.writeChange(tx, caller, {
      current,
      difference: differenceTo(current),
      occasion: mails ? 'import' : 'import without mails',
    })
  }

  return { write }
}

/** An equal address is not enough for a match if the username or the external id differs. */
function isSamePerson({ columns, isDerived }: Prepared, { user, by }: Existing): boolean {
  if (by !== 'email') return true
  const ids = new Set([columns.external_id ?? user.external_id, user.external_id ?? columns.external_id])
  return ids.size === 1 && (isDerived || columns.username_key === user.username_key)
}

/** The result of a row with a known name, for a caller who may not read users. */
const known = ({ row }: Prepared): ImportResult => ({ row, result: 'skipped', reason: 'already_exists' })

/** The result of a row that matches an existing user, if the import only creates users. */
function skip(row: Prepared, found: Existing, { identities }: Batch): ImportResult {
  if (!isSamePerson(row, found)) return failed(row, emailTaken)
  const { user, by } = found
  identities.settle(row, user, user)
  const notes = by === 'email' && user.email_verified_at === null ? [unproven] : undefined
  return { row: row.row, id: user.id, result: 'skipped', reason: 'already_exists', ...(notes && { notes }) }
}

export function failed({ row }: Prepared, fault: Fault): ImportResult {
  return { row, result: 'failed', errors: [fault] }
}

function notesOfNew({ notes: said, password, hash, asksOldSystem, app, totp }: Prepared): string[] {
  const notes = app && totp === undefined ? [...said, noteOfLostApp(app)] : said
  if (asksOldSystem) return [...notes, 'the old system verifies the password at the first sign-in']
  return password === undefined && hash === undefined
    ? [...notes, 'has no password; no mail was sent']
    : notes
}
