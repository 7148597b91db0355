/** Clerk: the CSV that its dashboard exports, and users of its API as JSON. */
import { isJsonObject } from '../../../encoding/json-object.ts'
import type { ImportedUser } from '../imported-user.ts'
import type { Auth0CustomHash } from './auth0.ts'
import {
  type Fields,
  ignore,
  leaveBehind,
  put,
  seeObjects,
  takeFlag,
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
import { identitiesOf } from './identities.ts'
import { hasAny } from './outline.ts'

type Address = { id: unknown; email: string; verified: boolean | undefined }

/** In the API, addresses are objects or texts; in the CSV, they are in two columns. */
function addressesOf(fields: Fields): Address[] {
  const list = fields.members['email_addresses']
  const ofApi = (Array.isArray(list) ? list : []).map((item): Address => {
    if (!isJsonObject(item)) return { id: undefined, email: String(item), verified: undefined }
    const { id, email_address: email, verification } = item
    const verified = isJsonObject(verification) ? verification['status'] === 'verified' : undefined
    return { id, email: String(email), verified }
  })
  const ofColumn = (name: string, verified: boolean) =>
    splitAddresses(fields.members[name]).map((email): Address => ({ id: undefined, email, verified }))
  const ofCsv = [
    ...ofColumn('verified_email_addresses', true),
    ...ofColumn('unverified_email_addresses', false),
  ]
  return [...ofApi, ...ofCsv]
}

function splitAddresses(cell: unknown): string[] {
  return typeof cell === 'string' ? cell.split(/[|,;\s]+/).filter(Boolean) : []
}

function emailOf(fields: Fields) {
  const addresses = addressesOf(fields)
  const primaryId = takeText(fields, 'primary_email_address_id')
  const email =
    takeWord(fields, 'primary_email_address') ??
    (addresses.find(({ id }) => id !== undefined && id === primaryId) ?? addresses[0])?.email
  const others = addresses.map((address) => address.email).filter((other) => other !== email)
  ignore(fields, 'email_addresses', 'verified_email_addresses', 'unverified_email_addresses')
  const verified = addresses.find((address) => address.email === email)?.verified
  return { email, verified, others: [...new Set(others)] }
}

/** For hashes that are only a digest, another member names the scheme. */
function passwordHashOf(fields: Fields, encode: Auth0CustomHash): string | undefined {
  const digest = takeWord(fields, 'password_digest')
  const hasher = takeWord(fields, 'password_hasher')
  if (digest === undefined || (hasher !== 'md5' && hasher !== 'sha256')) return digest
  return encode({ algorithm: hasher, hash: { value: digest, encoding: 'hex' } })
}

/** Only the numbers, because the API returns backup codes with them. */
function phoneNumbersOf(fields: Fields): unknown[] {
  return takeList(fields, 'phone_numbers').map((item) => (isJsonObject(item) ? item['phone_number'] : item))
}

const ofItsOwnWork = [
  ...['object', 'has_image', 'profile_image_url', 'primary_phone_number_id', 'primary_web3_wallet_id'],
  ...[
    'password_enabled',
    'totp_enabled',
    'two_factor_enabled',
    'backup_code_enabled',
    'backup_codes_enabled',
  ],
  ...['mfa_enabled_at', 'mfa_disabled_at', 'last_active_at', 'password_last_updated_at', 'locked'],
  ...['lockout_expires_in_seconds', 'verification_attempts_remaining', 'delete_self_enabled'],
  ...['create_organization_enabled', 'create_organizations_limit'],
]

function userReader(encode: Auth0CustomHash) {
  return (fields: Fields): ImportedUser => {
    const username = takeWord(fields, 'username')
    const { email, verified, others } = emailOf(fields)
    const banned = takeFlag(fields, 'banned')
    const parts = {
      email,
      email_verified: verified,
      first_name: takeWord(fields, 'first_name'),
      last_name: takeWord(fields, 'last_name'),
      status: banned === true ? ('disabled' as const) : ('active' as const),
      external_id: takeWord(fields, 'id'),
      created_at: takeInstant(fields, 'created_at'),
      updated_at: takeInstant(fields, 'updated_at'),
      last_login_at: takeInstant(fields, 'last_sign_in_at'),
      password_hash: passwordHashOf(fields, encode),
      totp_secret: takeWord(fields, 'totp_secret'),
    }
    leaveBehind(fields, 'the second factors are', 'backup_codes', 'passkeys')
    const identities = identitiesOf(
      fields,
      seeObjects(fields, 'external_accounts').map(({ provider, provider_user_id, email_address }) => ({
        provider,
        subject: provider_user_id,
        email: email_address,
      })),
    )
    ignore(fields, ...ofItsOwnWork)
    const ofUser = ['public_metadata', 'private_metadata', 'unsafe_metadata']
    const kinds = ofUser.map((name) => [name, takeObject(fields, name)] as const)
    const phoneNumbers = phoneNumbersOf(fields)
    const metadata = takeRest(fields)
    put(metadata, 'phone_numbers', phoneNumbers)
    put(metadata, 'other_email_addresses', others)
    for (const [name, value] of kinds) put(metadata, name, value)
    return userOfParts(fields, {
      username: usernameOf(username, email, metadata),
      ...{ ...parts, identities, metadata },
    })
  }
}

export function createClerk(encode: Auth0CustomHash) {
  return createFormat({
    name: 'clerk',
    lists: ['data'],
    likeness({ names, isCsv }) {
      const ofExport = ['verified_email_addresses', 'unverified_email_addresses', 'primary_phone_number']
      if (isCsv) return names.has('primary_email_address') && hasAny(names, ...ofExport) ? 0.95 : 0
      if (hasAny(names, 'primary_email_address', 'primary_email_address_id')) return 0.95
      return names.has('email_addresses') ? 0.8 : 0
    },
    userReader: () => userReader(encode),
    csv: {},
  })
}
