/** Checks a row of an import and prepares it for writing. */
import type { Caller, Permission } from '../../../caller.ts'
import { newId, nowMs } from '../../../clock.ts'
import type { Fault } from '../../../errors.ts'
import { firstBeyond, rolesBeyond } from '../authority.ts'
import { checkUsername, usernameKey } from '../names/username.ts'
import type { UsersNeeds } from '../needs.ts'
import type { UserNames } from '../read-store.ts'
import type { NewUserRow, UserFields } from '../user.ts'
import { columnsOfNew, faultsOfFields, fieldDefaults, withoutBlanks } from '../user-fields.ts'

/** A user in an import. A missing field leaves the existing value unchanged. */
export type UserToImport = Partial<UserFields> & {
  id?: string
  created_at?: string
  updated_at?: string
  last_login_at?: string | null
  password?: string
  password_hash?: string
  /** The authenticator app: encrypted, as in our own export, or its secret in base32. */
  totp_factor?: string
  totp_secret?: string
  /** The names of groups. */
  groups?: string[]
  /** The accounts at other providers. */
  identities?: { issuer: string; subject: string; email: string | null }[]
  notes?: string[]
}

/** Encrypted as in our own export, or the secret in base32. */
type BroughtApp = { sealed: string } | { secret: string }

export type Prepared = {
  row: number
  /** The fields that the row contains. */
  given: Partial<UserFields>
  /** Times that the row contains. */
  times: { created_at: string | undefined; last_login_at: string | undefined }
  /** All columns, for a new user. */
  columns: NewUserRow
  roles: string[]
  hasOwnId: boolean
  /** The row comes from another system, where the same id or name may belong to another person. */
  isForeign: boolean
  /** The external id with the name of its system as a prefix, in case another system uses the same id. */
  sourcedId: string | undefined
  /** The username is derived from the e-mail address and may be varied. */
  isDerived: boolean
  password: string | undefined
  hash: string | undefined
  /** The row has no password, so the old system verifies the password at the first sign-in. */
  asksOldSystem: boolean
  /** The authenticator app of the row. */
  app: BroughtApp | undefined
  /** The authenticator app of the row, encrypted for a new user. */
  totp: string | undefined
  notes: string[]
}

/**
 * The treatment of the roles of a row. `as given`: an unknown role is a fault. `known`: an unknown role is left out
 * with a note. `harmless`: roles with permissions are left out too, because another system may define `admin`
 * differently.
 */
export type RolePolicy = 'as given' | 'known' | 'harmless'

/**
 * What happens to a plain password that the policy refuses: the row fails, or is imported without or with the password.
 */
export type WeakPasswords = 'refuse' | 'reset' | 'keep'

/** The rules of one import. */
export type Rules = {
  caller: Caller
  roles: RolePolicy
  weakPasswords: WeakPasswords
  asksOldSystem: boolean
  /** The source system. If the operator names it, it becomes part of every external id. */
  source: { name: string; isNamed: boolean } | undefined
  /** The permissions of all roles. */
  permissionsOf: ReadonlyMap<string, ReadonlySet<Permission>>
}

/** The faults of the row, or the row prepared for writing. */
export function prepare(
  row: number,
  user: UserToImport,
  rules: Rules,
  needs: UsersNeeds,
): Prepared | { faults: Fault[] } {
  const {
    id,
    created_at,
    updated_at,
    last_login_at,
    password: plain,
    password_hash: hash,
    totp_factor,
    totp_secret,
    groups: _groups,
    identities: _identities,
    notes = [],
    ...given
  } = user
  const kept = [...notes]
  const { fields, sourcedId, isDerived } = fitNames(given, rules, kept)
  const faults: Fault[] = []
  if (fields.email == null && needs.email === 'required') faults.push(faultOfNoEmail)
  else if (fields.email == null && fields.username === undefined) faults.push(faultOfNoName)
  const weakness = weaknessOf(plain, [fields.username, fields.email], rules, needs)
  if (weakness && rules.weakPasswords === 'refuse') faults.push(weakness)
  else if (weakness) kept.push('the password is too weak and is not imported')
  const roles = rolesFor(fields, rules, faults, kept)
  faults.push(...faultsOfFields(fields, { by: 'admin', email: 'optional' }))
  const check = hash === undefined ? undefined : needs.passwords.checkHash(hash)
  if (check && !check.ok) faults.push({ pointer: '/password_hash', code: check.code, detail: check.detail })
  const { username: name } = fields
  if (faults.length > 0 || name === undefined) return { faults }
  const wanted = { ...fieldDefaults, ...fields, username: name, roles }
  const at = created_at ?? new Date(nowMs()).toISOString()
  const userId = id?.toLowerCase() ?? newId()
  const columns = {
    id: userId,
    version: 1,
    created_at: at,
    updated_at: updated_at ?? at,
    last_login_at: last_login_at ?? null,
    deleted_at: null,
    ...columnsOfNew(wanted, at, userId),
    previous_username_key: previousKeyOf(fields.metadata),
  }
  const app = appOf(totp_factor, totp_secret)
  const totp = app && needs.factors.readTotp(columns.id, app)
  const { roles: named, ...others } = given
  return {
    row,
    given: {
      ...others,
      ...(saysRoles(named, roles, rules) && { roles }),
      ...(fields.metadata ? { metadata: fields.metadata } : {}),
    },
    times: { created_at, last_login_at: last_login_at ?? undefined },
    columns,
    roles,
    hasOwnId: id !== undefined,
    isForeign: rules.roles !== 'as given',
    sourcedId,
    isDerived,
    password: weakness ? undefined : plain,
    hash,
    asksOldSystem: rules.asksOldSystem && plain === undefined && hash === undefined,
    app,
    totp,
    notes: kept,
  }
}

const faultOfNoEmail: Fault = {
  pointer: '/email',
  code: 'required',
  detail: 'An e-mail address is required. ROSTER_EMAIL=optional lets users have none.',
}

const faultOfNoName: Fault = {
  pointer: '/username',
  code: 'required',
  detail: 'A username or an e-mail address is required.',
}

function appOf(sealed: string | undefined, secret: string | undefined): BroughtApp | undefined {
  if (sealed !== undefined) return { sealed }
  return secret === undefined ? undefined : { secret }
}

/** Why an authenticator app cannot be imported. */
export function noteOfLostApp(app: BroughtApp): string {
  return 'sealed' in app
    ? 'the authenticator app is not imported: it was encrypted with another secret key'
    : 'the authenticator app is not imported: its secret is too short or not in base32'
}

/**
 * The fault of a plain password. Even where weak passwords are kept, two kinds are refused: a password that no sign-in
 * can send, and the text of a hash, because a reader of the dump could sign in with it.
 */
function weaknessOf(
  password: string | undefined,
  names: (string | null | undefined)[],
  { weakPasswords }: Rules,
  needs: UsersNeeds,
): Fault | undefined {
  if (password === undefined) return undefined
  const known = names.filter((name) => name != null)
  const faults = needs.passwords.faultsOf(password, known)
  const impossible = ['too_long', 'not_well_formed', 'looks_like_a_hash']
  const isImpossible = ({ code }: Fault) => impossible.includes(code)
  return weakPasswords === 'keep' ? faults.find(isImpossible) : faults[0]
}

function rolesFor(fields: Partial<UserFields>, rules: Rules, faults: Fault[], notes: string[]): string[] {
  const named = fields.roles ?? [...fieldDefaults.roles]
  const fits = (role: string) => {
    const allowed = rules.permissionsOf.get(role)
    return allowed !== undefined && (rules.roles !== 'harmless' || allowed.size === 0)
  }
  const others = named.filter((role) => !fits(role))
  if (others.length > 0 && rules.roles === 'as given') {
    faults.push({
      pointer: '/roles',
      code: 'unknown_role',
      detail: `There is no role named ${JSON.stringify(others[0])}.`,
    })
  } else if (others.length > 0) {
    notes.push('roles that the user did not get are kept in the metadata as imported_roles')
    fields.metadata = { ...fields.metadata, imported_roles: others }
  }
  const roles = [...new Set(named.filter(fits))].sort()
  const beyond = firstBeyond(rules.permissionsOf, rules.caller, roles)
  if (beyond) faults.push(rolesBeyond(beyond))
  return roles.length > 0 || fields.roles?.length === 0 ? roles : [...fieldDefaults.roles]
}

/** Whether an existing user gets these roles: not if another system named them, nor if none of them exists. */
function saysRoles(named: string[] | undefined, roles: string[], rules: Rules): boolean {
  if (named === undefined || rules.roles === 'harmless') return false
  return named.length === 0 || named.some((role) => roles.includes(role))
}

/** The former username with which the user may still sign in. */
function previousKeyOf(metadata: UserFields['metadata'] | undefined): string | null {
  const previous = metadata?.['previous_username']
  return typeof previous === 'string' && previous.length <= longestName ? usernameKey(previous.trim()) : null
}

const longestName = 256

/**
 * Adapts the names in `given`: makes the username valid, and adds the name of the system to the external id. @returns
 * all fields, with a username from the address if the row has none
 */
function fitNames(given: Partial<UserFields>, { roles, source }: Rules, notes: string[]) {
  const { username: typed } = given
  if (roles !== 'as given') makeUsernameFit(given, notes)
  const sourcedId =
    source === undefined || given.external_id == null ? undefined : `${source.name}:${given.external_id}`
  if (sourcedId !== undefined && source?.isNamed) given.external_id = sourcedId
  // Without an address there is nothing to verify.
  if (given.email == null) delete given.email_verified
  const isDerived = given.username !== typed || (given.username === undefined && given.email !== undefined)
  const username = given.username ?? (given.email == null ? undefined : derivedUsername(given.email))
  const fields = withoutBlanks({ ...given, ...(username === undefined ? {} : { username }) })
  return { fields, sourcedId, isDerived }
}

/** Replaces a username that this service does not accept with a similar one, and keeps the original in the metadata. */
function makeUsernameFit(given: Partial<UserFields>, notes: string[]): void {
  const { username } = given
  if (username === undefined || checkUsername(username, 'admin').ok) return
  given.username = fittingUsername(
    username.includes('@') ? username.slice(0, username.lastIndexOf('@')) : username,
  )
  given.metadata = { ...given.metadata, previous_username: username }
  notes.push(
    'the username is not valid here and was changed; the original is kept in the metadata as previous_username',
  )
}

/** The local part of the address, made to fit the grammar of usernames. */
function derivedUsername(email: string): string {
  return fittingUsername(email.split('@')[0] ?? '')
}

/** A valid username from the text: without apostrophes, with hyphens for other invalid characters, and not reserved. */
export function fittingUsername(name: string): string {
  const fitting = name
    .normalize('NFKC')
    .replace(/['’]/g, '')
    .replace(/[^\p{L}\p{M}\p{N}._-]+/gu, '-')
    .replace(/^-+(?=[^-])|(?<=[^-])-+$/g, '')
  const short = [...fitting].slice(0, 56).join('')
  if (checkUsername(short, 'signup').ok) return short
  return checkUsername(`user-${short}`, 'signup').ok ? `user-${short}` : 'user'
}

/** A variant of a username that is taken. */
export function varied(username: string, attempt: number): string {
  return `${username}-${attempt}`
}

/** The names by which the rows may match existing users. */
export function namesOf(rows: readonly Prepared[]): UserNames {
  return {
    ids: rows.filter(({ hasOwnId }) => hasOwnId).map(({ columns }) => columns.id),
    externalIds: rows.flatMap(({ columns, sourcedId }) =>
      [columns.external_id, sourcedId].filter((id) => id != null),
    ),
    emailKeys: rows.map(({ columns }) => columns.email_key),
    usernameKeys: rows.map(({ columns }) => columns.username_key),
  }
}
