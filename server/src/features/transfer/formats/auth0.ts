/**
 * Auth0: lists of users, the export job's newline-delimited JSON, files for the bulk import, and the file with password
 * hashes that its support sends.
 */
import { isJsonObject } from '../../../encoding/json-object.ts'
import type { ImportedUser } from '../imported-user.ts'
import {
  type Fields,
  fieldsWithin,
  leaveBehind,
  seeObjects,
  takeFlag,
  takeInstant,
  takeObject,
  takeRest,
  takeText,
  takeWord,
  usernameOf,
  userOfParts,
} from './fields.ts'
import { createFormat } from './format.ts'
import { type Brought, identitiesOf, isKnownProvider } from './identities.ts'
import { hasAll, hasAny } from './outline.ts'
import type { Members } from './source-record.ts'
import { totpSecretOfAuth0 } from './totp-secrets.ts'

export type Auth0CustomHash = (customPasswordHash: object) => string

function passwordHashOf(fields: Fields, encode: Auth0CustomHash): string | undefined {
  const custom = takeObject(fields, 'custom_password_hash')
  return custom ? encode(custom) : takeWord(fields, 'password_hash', 'passwordHash')
}

/** A line of the file with hashes: the password and the identity of the user. Other fields are in the other exports. */
function ownerOfHash(fields: Fields, encode: Auth0CustomHash): ImportedUser {
  const { $oid } = takeObject(fields, '_id') ?? {}
  const id = takeWord(fields, 'alt_id') ?? (typeof $oid === 'string' ? $oid : undefined)
  const identifier = seeObjects(fields, 'identifiers').find(({ type }) => type === 'email') ?? {}
  const address = fieldsWithin(fields, identifier)
  const email = takeWord(fields, 'email') ?? takeWord(address, 'value')
  const parts = {
    username: usernameOf(takeWord(fields, 'username'), email, {}),
    email,
    email_verified: takeFlag(fields, 'email_verified') ?? takeFlag(address, 'verified'),
    external_id: id === undefined ? undefined : `auth0|${id}`,
    password_hash: passwordHashOf(fields, encode),
  }
  return userOfParts(fields, parts)
}

/** Its export extension uses display names: `Given Name`, `Email Verified`. */
const isOfExtension = (members: Members) => 'Email Verified' in members || 'Given Name' in members

function membersOfExtension(members: Members): Members {
  const named = Object.entries(members).map(([name, value]): [string, unknown] => [
    name === 'Id' ? 'user_id' : name.trim().toLowerCase().replaceAll(' ', '_'),
    value,
  ])
  return Object.fromEntries(named)
}

function userReader(encode: Auth0CustomHash) {
  return (fields: Fields): ImportedUser => {
    if (isJsonObject(fields.members['_id'])) return ownerOfHash(fields, encode)
    if (isOfExtension(fields.members))
      return readMembers(fieldsWithin(fields, membersOfExtension(fields.members)))
    return readMembers(fields)
  }
  function readMembers(fields: Fields): ImportedUser {
    const username = takeWord(fields, 'username')
    const email = takeWord(fields, 'email')
    const blocked = takeFlag(fields, 'blocked')
    const parts = {
      email,
      email_verified: takeFlag(fields, 'email_verified'),
      first_name: takeWord(fields, 'given_name'),
      last_name: takeWord(fields, 'family_name'),
      status: blocked === true ? ('disabled' as const) : ('active' as const),
      external_id: takeWord(fields, 'user_id'),
      created_at: takeInstant(fields, 'created_at'),
      updated_at: takeInstant(fields, 'updated_at'),
      last_login_at: takeInstant(fields, 'last_login'),
      password: takeText(fields, 'password'),
      password_hash: passwordHashOf(fields, encode),
      totp_secret: totpSecretOfAuth0(fields),
    }
    leaveBehind(fields, 'the second factors are', 'guardian_enrollments', 'multifactor')
    const identities = identitiesOf(fields, accountsOf(fields))
    const metadata = takeRest(fields)
    return userOfParts(fields, {
      username: usernameOf(username, email, metadata),
      ...{ ...parts, identities, metadata },
    })
  }
}

/**
 * The accounts at other providers. The id of a user without another account contains the provider: `google-oauth2|1082`.
 */
function accountsOf(fields: Fields): Brought[] {
  const [provider = '', ...rest] = String(fields.members['user_id'] ?? fields.members['Id'] ?? '').split('|')
  const own = { provider, subject: rest.join('|') }
  const social = seeObjects(fields, 'identities').filter(({ isSocial }) => isSocial === true)
  if (social.length === 0) return isKnownProvider(provider) ? [own] : []
  return social.map((each) => {
    const name = each['provider'] ?? each['connection']
    return { provider: name, subject: each['user_id'] ?? (name === provider ? own.subject : undefined) }
  })
}

export function createAuth0(encode: Auth0CustomHash) {
  return createFormat({
    name: 'auth0',
    lists: ['users'],
    likeness({ names, isCsv }) {
      if (hasAll(names, 'Id', 'Email', 'Email Verified') && hasAny(names, 'Connection', 'Given Name'))
        return 0.9
      if (isCsv || hasAny(names, 'localId', 'aud')) return 0
      if (names.has('passwordHash') && hasAny(names, 'password_set_date', '_tmp_is_unique')) return 0.95
      if (hasAny(names, 'custom_password_hash', 'mfa_factors', 'logins_count')) return 0.9
      if (names.has('user_id') && hasAny(names, 'identities', 'email_verified', 'nickname')) return 0.9
      if (names.has('email') && hasAny(names, 'app_metadata', 'user_metadata')) return 0.8
      return hasAll(names, 'email', 'given_name') ? 0.3 : 0
    },
    userReader: () => userReader(encode),
    csv: {},
  })
}
