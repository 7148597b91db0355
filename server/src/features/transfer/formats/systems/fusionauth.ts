/** FusionAuth: the body of its import API, users of its search API, and its tables joined by the query in the documentation. */
import { isJsonObject } from '../../../../encoding/json-object.ts'
import { takeVerified } from '../../columns/dated-flags.ts'
import type { ImportedUser } from '../../imported-user.ts'
import {
  type Fields,
  fault,
  ignore,
  leaveBehind,
  note,
  put,
  seeObjects,
  takeFlag,
  takeInstant,
  takeObject,
  takeRest,
  takeText,
  takeWord,
  usernameOf,
  userOfParts,
} from '../fields.ts'
import { createFormat } from '../format.ts'
import { hasAll, hasAny } from '../outline.ts'
import { namesOfWhole } from './parts.ts'

const pbkdf2: Record<string, [hash: string, bytes: number]> = {
  'salted-pbkdf2-hmac-sha256': ['sha256', 32],
  'salted-pbkdf2-hmac-sha256-512': ['sha256', 64],
  'salted-pbkdf2-hmac-sha512-512': ['sha512', 64],
}

/** Without a scheme, the password is plain text. */
function secretOf(fields: Fields): Pick<ImportedUser, 'password' | 'password_hash'> {
  const scheme = takeWord(fields, 'encryptionScheme', 'encryption_scheme')
  const text = takeText(fields, 'password')
  const salt = takeText(fields, 'salt') ?? ''
  const factor = takeWord(fields, 'factor') ?? ''
  if (text === undefined || scheme === undefined) return text === undefined ? {} : { password: text }
  const [hash, bytes] = pbkdf2[scheme] ?? []
  if (hash !== undefined) return { password_hash: `$pbkdf2-${hash}$i=${factor},l=${bytes}$${salt}$${text}` }
  if (scheme === 'bcrypt') return { password_hash: `$2a$${factor.padStart(2, '0')}$${salt}${text}` }
  fault(fields, ['password'], `is of the scheme ${scheme.slice(0, 40)}, which is not supported`)
  return {}
}

function rolesOf(fields: Fields): string[] | undefined {
  const roles = seeObjects(fields, 'registrations').flatMap(({ roles: named }) =>
    Array.isArray(named) ? named.filter((role) => typeof role === 'string') : [],
  )
  return roles.length > 0 ? [...new Set(roles)] : undefined
}

function readUser(record: Fields): ImportedUser {
  const fields = record
  const username = takeWord(fields, 'username')
  const email = takeWord(fields, 'email')
  const whole = namesOfWhole(takeWord(fields, 'fullName', 'full_name'))
  const data = takeObject(fields, 'data')
  const parts = {
    email,
    email_verified: takeVerified(fields, 'verified'),
    first_name: takeWord(fields, 'firstName', 'first_name') ?? whole.first_name,
    last_name: takeWord(fields, 'lastName', 'last_name') ?? whole.last_name,
    status: takeFlag(fields, 'active') === false ? ('disabled' as const) : ('active' as const),
    roles: rolesOf(fields),
    external_id: takeWord(fields, 'id'),
    created_at: takeInstant(fields, 'insertInstant', 'insert_instant'),
    last_login_at: takeInstant(fields, 'lastLoginInstant', 'last_login_instant'),
    ...secretOf(fields),
  }
  if (seeObjects(fields, 'identityProviders').length > 0)
    note(fields, 'signing in through other providers is')
  const methods = isJsonObject(fields.members['twoFactor'])
    ? fields.members['twoFactor']['methods']
    : undefined
  if (Array.isArray(methods) && methods.length > 0) note(fields, 'the second factors are')
  leaveBehind(fields, 'what waits for a confirmation is', 'verificationId')
  ignore(fields, 'registrations', 'twoFactor', 'tenantId', 'uniqueUsername', 'usernameStatus', 'memberships')
  ignore(fields, 'passwordLastUpdateInstant', 'passwordChangeRequired', 'lastUpdateInstant', 'connectorId')
  const metadata = takeRest(fields)
  put(metadata, 'data', data)
  return userOfParts(fields, { username: usernameOf(username, email, metadata), ...parts, metadata })
}

export const fusionauth = createFormat({
  name: 'fusionauth',
  lists: ['users'],
  likeness({ names }) {
    if (hasAny(names, 'encryptionScheme', 'encryption_scheme') && hasAny(names, 'email', 'username'))
      return 0.95
    return hasAll(names, 'insertInstant', 'tenantId') ? 0.95 : 0
  },
  userReader: () => readUser,
  csv: {},
})
