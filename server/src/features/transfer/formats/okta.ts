/** Okta: users of its API as a JSON list or newline-delimited JSON, and CSV with the columns of the profile. */
import { isJsonObject } from '../../../encoding/json-object.ts'
import type { ImportedUser } from '../imported-user.ts'
import type { Auth0CustomHash } from './auth0.ts'
import {
  type Fields,
  fault,
  fieldsWithin,
  ignore,
  leaveBehind,
  note,
  put,
  takeInstant,
  takeList,
  takeObject,
  takeRest,
  takeText,
  takeWord,
  usernameOf,
  userOfParts,
} from './fields.ts'
import { createFormat } from './format.ts'
import { hasAll, hasAny } from './outline.ts'
import type { Members } from './source-record.ts'

const activeStatuses = [
  'ACTIVE',
  'PROVISIONED',
  'RECOVERY',
  'PASSWORD_EXPIRED',
  'PASSWORD_RESET',
  'LOCKED_OUT',
]
const disabledStatuses = ['STAGED', 'SUSPENDED', 'DEPROVISIONED']

/** Our status; that of Okta is kept in the metadata if it is more specific. */
function statusOf(fields: Fields, metadata: Members): 'active' | 'disabled' | undefined {
  const own = takeWord(fields, 'status')
  if (own === undefined) return undefined
  const name = own.toUpperCase().replace(/\s+/g, '_')
  if (name !== 'ACTIVE') put(metadata, 'status', own)
  if (activeStatuses.includes(name)) return 'active'
  return disabledStatuses.includes(name) ? 'disabled' : fault(fields, ['status'], 'is not a status of Okta')
}

type Secrets = Pick<ImportedUser, 'password' | 'password_hash'>

function secretsOf(fields: Fields, encode: Auth0CustomHash): Secrets {
  const credentials = fieldsWithin(fields, takeObject(fields, 'credentials') ?? {})
  const secret = fieldsWithin(fields, takeObject(credentials, 'password') ?? {})
  const provider = fieldsWithin(fields, takeObject(credentials, 'provider') ?? {})
  const source = takeWord(provider, 'type')
  if (source !== undefined && source !== 'OKTA') note(fields, `signing in through ${source} is`)
  leaveBehind(credentials, 'the recovery question is', 'recovery_question')
  const hash = takeObject(secret, 'hash')
  const password = takeText(secret, 'value')
  if (hash !== undefined) return { password_hash: hashOf(fieldsWithin(fields, hash), encode) }
  return password === undefined ? {} : { password }
}

/** The hash of a password, as in requests to create users; in lists it is always empty. */
function hashOf(hash: Fields, encode: Auth0CustomHash): string {
  const algorithm = takeWord(hash, 'algorithm')?.toLowerCase() ?? ''
  const salt = takeWord(hash, 'salt')
  const value = takeWord(hash, 'value')
  if (algorithm === 'bcrypt')
    return `$2a$${(takeText(hash, 'workFactor') ?? '').padStart(2, '0')}$${salt}${value}`
  if (algorithm === 'pbkdf2') {
    const digest = takeWord(hash, 'digestAlgorithm')?.toLowerCase().replace('_hmac', '')
    return `$pbkdf2-${digest}$i=${takeText(hash, 'iterationCount')}$${salt}$${value}`
  }
  const position = takeWord(hash, 'saltOrder')?.toLowerCase() === 'postfix' ? 'suffix' : 'prefix'
  return encode({
    algorithm: algorithm.replace('-', ''),
    hash: { value, encoding: 'base64' },
    ...(salt === undefined ? {} : { salt: { value: salt, encoding: 'base64', position } }),
  })
}

/** Names of groups, which scripts add to each user from `GET /users/{id}/groups`; all users are in `Everyone`. */
function groupsOf(fields: Fields): string[] | undefined {
  if (!Array.isArray(fields.members['groups'])) return undefined
  const names = takeList(fields, 'groups').flatMap((group) => {
    const profile = isJsonObject(group) ? group['profile'] : undefined
    const name = isJsonObject(profile) ? profile['name'] : isJsonObject(group) ? group['name'] : group
    return typeof name === 'string' && name !== '' && name !== 'Everyone' ? [name] : []
  })
  return names.length > 0 ? names : undefined
}

function userReader(encode: Auth0CustomHash) {
  return (fields: Fields): ImportedUser => {
    const metadata: Members = {}
    const profileMembers = takeObject(fields, 'profile')
    const profile = profileMembers ? fieldsWithin(fields, profileMembers) : fields
    const login = takeWord(profile, 'login', 'profile.login')
    const email = takeWord(profile, 'email', 'profile.email')
    const parts = {
      email,
      first_name: takeWord(profile, 'firstName', 'profile.firstName'),
      last_name: takeWord(profile, 'lastName', 'profile.lastName'),
      status: statusOf(fields, metadata),
      groups: groupsOf(fields),
      external_id: takeWord(fields, 'id'),
      created_at: takeInstant(fields, 'created'),
      updated_at: takeInstant(fields, 'lastUpdated'),
      last_login_at: takeInstant(fields, 'lastLogin'),
      ...secretsOf(fields, encode),
    }
    ignore(fields, '_links', '_embedded', 'type', 'activated', 'statusChanged', 'passwordChanged')
    ignore(fields, 'transitioningToStatus', 'realmId')
    for (const source of new Set([profile, fields])) {
      for (const [name, value] of Object.entries(takeRest(source))) put(metadata, name, value)
    }
    return userOfParts(fields, { username: usernameOf(login, email, metadata), ...parts, metadata })
  }
}

const ownColumns = [
  ...[
    'middleName',
    'honorificPrefix',
    'honorificSuffix',
    'nickName',
    'profileUrl',
    'secondEmail',
    'mobilePhone',
  ],
  ...[
    'primaryPhone',
    'streetAddress',
    'userType',
    'employeeNumber',
    'costCenter',
    'managerId',
    'preferredLanguage',
  ],
]

/** Other systems have columns login, firstName and lastName too; two more columns of the Okta profile are required. */
function isOfProfile(names: ReadonlySet<string>): boolean {
  if (names.has('profile.login')) return true
  const own = ownColumns.filter((name) => names.has(name))
  return own.length >= 2 && hasAll(names, 'login', 'firstName', 'lastName', 'email')
}

export function createOkta(encode: Auth0CustomHash) {
  return createFormat({
    name: 'okta',
    likeness({ names, isCsv }) {
      if (isCsv) return isOfProfile(names) ? 0.85 : 0
      if (names.has('profile') && !names.has('username') && hasAny(names, 'status', 'credentials', '_links'))
        return 0.95
      return hasAll(names, 'login', 'firstName', 'lastName', 'email') ? 0.85 : 0
    },
    userReader: () => userReader(encode),
    csv: {},
  })
}
