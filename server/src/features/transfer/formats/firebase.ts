/** Firebase Authentication: `firebase auth:export` as JSON or CSV. Passwords need the hash parameters of the project. */
import type { ImportedUser, ReadOptions } from '../imported-user.ts'
import {
  type Fields,
  ignore,
  leaveBehind,
  note,
  put,
  saysSomething,
  seeObjects,
  takeFlag,
  takeInstant,
  takeObject,
  takeRest,
  takeWord,
  userOfParts,
} from './fields.ts'
import { createFormat } from './format.ts'
import { type Brought, identitiesOf } from './identities.ts'

export type FirebaseScrypt = (hash: {
  passwordHash: string
  salt: string
  signerKey: string
  saltSeparator: string
  rounds: number
  memCost: number
}) => string

type HashConfig = { signerKey: string; saltSeparator: string; rounds: number; memCost: number }

/** The parameters in the text of the Firebase console; undefined if some are missing. */
export function hashConfigOf(text: string): HashConfig | undefined {
  const parameter = (name: string) => new RegExp(`\\b${name}"?\\s*:\\s*"?([^\\s,"}]+)`).exec(text)?.[1]
  const signerKey = parameter('base64_signer_key')
  const saltSeparator = parameter('base64_salt_separator') ?? ''
  const rounds = Number(parameter('rounds'))
  const memCost = Number(parameter('mem_cost'))
  const isScrypt = (parameter('algorithm') ?? 'SCRYPT') === 'SCRYPT'
  if (!isScrypt || signerKey === undefined || !Number.isInteger(rounds) || !Number.isInteger(memCost))
    return undefined
  return { signerKey, saltSeparator, rounds, memCost }
}

function passwordHashOf(
  fields: Fields,
  config: HashConfig | undefined,
  encode: FirebaseScrypt,
): string | undefined {
  const passwordHash = takeWord(fields, 'passwordHash')
  const salt = takeWord(fields, 'salt')
  if (passwordHash === undefined) return undefined
  if (config !== undefined) {
    return encode({ ...config, passwordHash: standardBase64(passwordHash), salt: standardBase64(salt ?? '') })
  }
  note(fields, 'without the hash parameters of the project the password is')
  return undefined
}

function standardBase64(text: string): string {
  return text.replaceAll('-', '+').replaceAll('_', '/')
}

const providers = ['google', 'facebook', 'twitter', 'github']

/** The accounts at other providers, from JSON or from the columns of CSV. */
function accountsOf(fields: Fields): Brought[] {
  const listed = seeObjects(fields, 'providerUserInfo')
    .filter(({ providerId }) => providerId !== 'password' && providerId !== 'phone')
    .map(({ providerId, rawId, email }) => ({ provider: providerId, subject: rawId, email }))
  const inColumns = providers
    .filter((name) => saysSomething(fields.members[`${name}_id`]))
    .map((name) => ({
      provider: `${name}.com`,
      subject: fields.members[`${name}_id`],
      email: fields.members[`${name}_email`],
    }))
  return [...listed, ...inColumns]
}

/** The members by which a user is recognised. */
const ways = [
  'email',
  'phoneNumber',
  'providerUserInfo',
  'displayName',
  ...providers.map((name) => `${name}_id`),
]

function userReader(config: HashConfig | undefined, encode: FirebaseScrypt) {
  return (fields: Fields): ImportedUser | { skipped: string } => {
    if (!ways.some((name) => saysSomething(fields.members[name]))) return { skipped: 'an anonymous user' }
    const parts = {
      email: takeWord(fields, 'email'),
      email_verified: takeFlag(fields, 'emailVerified'),
      status: takeFlag(fields, 'disabled') === true ? ('disabled' as const) : ('active' as const),
      external_id: takeWord(fields, 'localId'),
      created_at: takeInstant(fields, 'createdAt'),
      last_login_at: takeInstant(fields, 'lastSignedInAt', 'lastLoginAt'),
      password_hash: passwordHashOf(fields, config, encode),
    }
    const identities = identitiesOf(fields, accountsOf(fields))
    leaveBehind(fields, 'the second factors are', 'mfaInfo')
    ignore(fields, 'passwordUpdatedAt', 'validSince', 'lastRefreshAt', 'version')
    const claims = takeObject(fields, 'customAttributes')
    const metadata = takeRest(fields)
    put(metadata, 'custom_attributes', claims)
    return userOfParts(fields, { ...parts, identities, metadata })
  }
}

const providerColumns = providers.flatMap((name) =>
  ['id', 'email', 'display_name', 'photo_url'].map((column) => `${name}_${column}`),
)

/** The columns of the CSV, which has no header. Every line ends in a comma. */
const columns = [
  ...['localId', 'email', 'emailVerified', 'passwordHash', 'salt', 'displayName', 'photoUrl'],
  ...providerColumns,
  ...['createdAt', 'lastLoginAt', 'phoneNumber', 'disabled', 'customAttributes', 'end'],
]

export function createFirebase(encode: FirebaseScrypt) {
  return createFormat({
    name: 'firebase',
    sign: 'it has localId, or the columns of its export',
    lists: ['users'],
    likeness({ names, isCsv, header }) {
      if (!isCsv) return names.has('localId') ? 0.95 : 0
      const isVerified = /^(true|false)$/.test(header[2] ?? '')
      return header.length === columns.length && isVerified && /^\d{12,}$/.test(header[23] ?? '') ? 0.9 : 0
    },
    userReader({ firebaseHashConfig }: ReadOptions) {
      const config = firebaseHashConfig === undefined ? undefined : hashConfigOf(firebaseHashConfig)
      return firebaseHashConfig !== undefined && config === undefined
        ? { unusable: 'The hash parameters of Firebase are not complete, or not of its scrypt.' }
        : userReader(config, encode)
    },
    csv: { columns },
  })
}
