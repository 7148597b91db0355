/** Supabase: rows of `auth.users` as CSV, JSON or newline-delimited JSON, and users of its admin API. */
import { nowMs } from '../../../clock.ts'
import { isJsonObject } from '../../../encoding/json-object.ts'
import type { ImportedUser } from '../imported-user.ts'
import {
  type Fields,
  ignore,
  leaveBehind,
  put,
  seeObjects,
  take,
  takeFlag,
  takeInstant,
  takeObject,
  takeRest,
  takeWord,
  usernameOf,
  userOfParts,
} from './fields.ts'
import { createFormat } from './format.ts'
import { type Brought, identitiesOf } from './identities.ts'
import { hasAll, hasAny } from './outline.ts'
import type { Members } from './source-record.ts'
import { totpSecretOfGoTrue } from './totp-secrets.ts'

const pendingTokens = [
  ...['confirmation_token', 'recovery_token', 'email_change_token_new', 'email_change_token_current'],
  ...['phone_change_token', 'reauthentication_token'],
]

const ofItsOwnWork = [
  ...['instance_id', 'aud', 'role', 'confirmed_at', 'invited_at', 'email_change_confirm_status'],
  ...['confirmation_sent_at', 'recovery_sent_at', 'email_change_sent_at', 'phone_change_sent_at'],
  ...['reauthentication_sent_at', 'is_super_admin', 'is_sso_user'],
]

function statusOf(fields: Fields): 'active' | 'disabled' {
  // PostgreSQL's `infinity`, after all other times.
  if (fields.members['banned_until'] === 'infinity') {
    ignore(fields, 'banned_until')
    return 'disabled'
  }
  const bannedUntil = takeInstant(fields, 'banned_until')
  return bannedUntil !== undefined && Date.parse(bannedUntil) > nowMs() ? 'disabled' : 'active'
}

/** Whether the address is confirmed; undefined if the export does not contain it. */
function emailVerifiedOf(fields: Fields): boolean | undefined {
  if (!Object.hasOwn(fields.members, 'email_confirmed_at')) return undefined
  return takeInstant(fields, 'email_confirmed_at') !== undefined
}

/** The accounts at other providers. A dump of the users contains only the names of the providers. */
function accountsOf(fields: Fields, appMetadata: Members | undefined): Brought[] {
  const isOther = ({ provider }: Brought) => provider !== 'email' && provider !== 'phone'
  const listed = seeObjects(fields, 'identities').map(
    ({ provider, provider_id, identity_data: data }): Brought => ({
      provider,
      subject: provider_id ?? (isJsonObject(data) ? data['sub'] : undefined),
      email: isJsonObject(data) ? data['email'] : undefined,
    }),
  )
  const { providers } = appMetadata ?? {}
  const named = (Array.isArray(providers) ? providers : [])
    .filter((provider) => listed.every((each) => each.provider !== provider))
    .map((provider): Brought => ({ provider, subject: undefined }))
  return [...listed, ...named].filter(isOther)
}

function nameIn(userMetadata: Members | undefined, ...names: string[]): string | undefined {
  const name = names
    .map((each) => userMetadata?.[each])
    .find((value) => typeof value === 'string' && value !== '')
  return name === undefined ? undefined : String(name)
}

function readUser(fields: Fields): ImportedUser | { skipped: string } {
  if (take(fields, 'deleted_at') !== undefined) return { skipped: 'a deleted user' }
  if (takeFlag(fields, 'is_anonymous')) return { skipped: 'an anonymous user' }
  const username = takeWord(fields, 'username')
  const email = takeWord(fields, 'email')
  const userMetadata = takeObject(fields, 'raw_user_meta_data', 'user_metadata')
  const appMetadata = takeObject(fields, 'raw_app_meta_data', 'app_metadata')
  const parts = {
    email,
    email_verified: emailVerifiedOf(fields),
    first_name: takeWord(fields, 'first_name') ?? nameIn(userMetadata, 'first_name', 'given_name'),
    last_name: takeWord(fields, 'last_name') ?? nameIn(userMetadata, 'last_name', 'family_name'),
    status: statusOf(fields),
    external_id: takeWord(fields, 'id'),
    created_at: takeInstant(fields, 'created_at'),
    updated_at: takeInstant(fields, 'updated_at'),
    last_login_at: takeInstant(fields, 'last_sign_in_at'),
    password_hash: takeWord(fields, 'encrypted_password'),
    totp_secret: totpSecretOfGoTrue(fields),
  }
  const identities = identitiesOf(fields, accountsOf(fields, appMetadata))
  leaveBehind(fields, 'what waits for a confirmation is', ...pendingTokens)
  ignore(fields, ...ofItsOwnWork)
  const metadata = takeRest(fields)
  put(metadata, 'user_metadata', userMetadata)
  put(metadata, 'app_metadata', appMetadata)
  return userOfParts(fields, {
    username: usernameOf(username, email, metadata),
    ...{ ...parts, identities, metadata },
  })
}

export const supabase = createFormat({
  name: 'supabase',
  lists: ['users'],
  likeness({ names }) {
    if (hasAny(names, 'raw_user_meta_data', 'raw_app_meta_data')) return 0.95
    if (hasAll(names, 'encrypted_password', 'email_confirmed_at')) return 0.95
    return hasAll(names, 'aud', 'id') && hasAny(names, 'app_metadata', 'user_metadata') ? 0.9 : 0
  },
  userReader: () => readUser,
  csv: {},
  sql: {
    users: (_table, columns) =>
      ['encrypted_password', 'raw_app_meta_data'].every((name) => columns.includes(name)),
    others: /^auth\.(audit_log_entries|flow_state|identities|instances)$/,
  },
})
