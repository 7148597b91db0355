/** The fields of a user in our own export, in order, with their types. */
import { isJsonObject, type JsonObject } from '../../encoding/json-object.ts'
import { instantOf } from './formats/instants.ts'

export type ImportedIdentity = { issuer: string; subject: string; email: string | null }

/** `read` returns the stored form of the value; undefined if it is invalid. Without `keepsNull`, null means no value. */
export type Field<T = unknown> = { read(value: unknown): T | undefined; what: string; keepsNull?: true }

function only<T>(fits: (value: unknown) => value is T, what: string): Field<T> {
  return { read: (value) => (fits(value) ? value : undefined), what }
}

const orNull = <T>(field: Field<T>): Field<T | null> => ({ ...field, keepsNull: true })

const isText = (value: unknown) => typeof value === 'string'
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

const text = only(isText, 'text')
const names = only(
  (value): value is string[] => Array.isArray(value) && value.every(isText),
  'a list of names',
)
const object = only<JsonObject>(isJsonObject, 'an object')
const instant: Field<string> = {
  read: (value) => (typeof value === 'string' ? instantOf(value) : undefined),
  what: 'a date and time',
}

type GivenIdentity = Omit<ImportedIdentity, 'email'> & { email?: string | null }

const isIdentity = (value: unknown): value is GivenIdentity =>
  isJsonObject(value) &&
  Object.keys(value).every((name) => name === 'issuer' || name === 'subject' || name === 'email') &&
  typeof value['issuer'] === 'string' &&
  /^https?:\/\/\S{1,500}$/.test(value['issuer']) &&
  typeof value['subject'] === 'string' &&
  /^.{1,255}$/s.test(value['subject']) &&
  (value['email'] == null || typeof value['email'] === 'string')

const identities: Field<ImportedIdentity[]> = {
  read: (value) =>
    Array.isArray(value) && value.every(isIdentity)
      ? value.map((each) => ({ email: null, ...each }))
      : undefined,
  what: 'a list of accounts at other providers',
}

/** In every export. */
export const publicFields = {
  id: only((value): value is string => isText(value) && uuid.test(value), 'a UUID'),
  username: text,
  email: text,
  email_verified: only((value) => typeof value === 'boolean', 'true or false'),
  first_name: orNull(text),
  last_name: orNull(text),
  locale: orNull(text),
  status: only((value) => value === 'active' || value === 'disabled', 'active or disabled'),
  roles: names,
  groups: names,
  external_id: orNull(text),
  metadata: object,
  profile: object,
  created_at: instant,
  updated_at: instant,
  last_login_at: orNull(instant),
}

/** In an export with password hashes, and in imports. */
export const secretFields = {
  identities,
  password: text,
  password_hash: text,
  totp_factor: text,
  totp_secret: text,
}

type ValuesOf<Fields> = { [Name in keyof Fields]?: Fields[Name] extends Field<infer T> ? T : never }

export type ExportedFields = ValuesOf<typeof publicFields> & ValuesOf<typeof secretFields>
