/** Auth0: lists of users, the export job's newline-delimited JSON, and files for the bulk import. */
import type { ImportedUser } from '../imported-user.ts'
import {
  type Fields,
  leaveBehind,
  note,
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
import { hasAll, hasAny } from './outline.ts'

export type Auth0CustomHash = (customPasswordHash: object) => string

function passwordHashOf(fields: Fields, encode: Auth0CustomHash): string | undefined {
  const custom = takeObject(fields, 'custom_password_hash')
  return custom ? encode(custom) : takeWord(fields, 'password_hash', 'passwordHash')
}

function userReader(encode: Auth0CustomHash) {
  return (fields: Fields): ImportedUser => {
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
    }
    leaveBehind(fields, 'the second factors are', 'mfa_factors', 'guardian_enrollments', 'multifactor')
    for (const { isSocial, connection, provider } of seeObjects(fields, 'identities')) {
      if (isSocial === true) note(fields, `signing in through ${connection ?? provider} is`)
    }
    const metadata = takeRest(fields)
    return userOfParts(fields, { username: usernameOf(username, email, metadata), ...parts, metadata })
  }
}

export function createAuth0(encode: Auth0CustomHash) {
  return createFormat({
    name: 'auth0',
    lists: ['users'],
    likeness({ names, isCsv }) {
      if (isCsv || hasAny(names, 'localId', 'aud')) return 0
      if (hasAny(names, 'custom_password_hash', 'mfa_factors', 'logins_count')) return 0.9
      if (names.has('user_id') && hasAny(names, 'identities', 'email_verified', 'nickname')) return 0.9
      if (names.has('email') && hasAny(names, 'app_metadata', 'user_metadata')) return 0.8
      return hasAll(names, 'email', 'given_name') ? 0.3 : 0
    },
    userReader: () => userReader(encode),
  })
}
