/** Converts a user to a SCIM resource, and a resource to the fields of a user. */
import { isJsonObject } from '../../../encoding/json-object.ts'
import { fromJsonText, type JsonText, jsonText } from '../../../encoding/json-text.ts'
import type { Membership } from '../../groups/group.ts'
import type { User, UserFields, VersionedUser } from '../../users/user.ts'
import { isNothing, type Resource, schemasOf, withoutNothingIn } from '../resource/read.ts'
import { metadataUrn, userType } from '../resource/types.ts'
import { scimError } from '../scim-error.ts'
import type { ScimUserRow } from '../store.ts'

/** Attributes that are fields of the user, or are set by the service. */
const elsewhere = new Set([
  'id',
  'schemas',
  'meta',
  'externalId',
  'userName',
  'active',
  'groups',
  metadataUrn,
])
const maxAttributes = 16 * 1024

export function versionTag(version: number): string {
  return `W/"${version}"`
}

/** The user as a resource. `base` is the URL of the SCIM service. */
export function resourceOfUser(
  base: string,
  { user, version }: VersionedUser,
  row: ScimUserRow | undefined,
  groups: readonly Membership[],
): Resource {
  const kept = row ? fromJsonText(row.attributes) : {}
  const entries = Object.entries(user.metadata).map(([name, value]) => ({ name, value: entryText(value) }))
  const resource = withoutNothingIn({
    id: user.id,
    externalId: user.external_id,
    userName: row?.user_name ?? user.username,
    ...kept,
    name: {
      ...(isJsonObject(kept['name']) ? kept['name'] : {}),
      givenName: user.first_name,
      familyName: user.last_name,
    },
    active: user.status === 'active',
    emails: emailsOf(kept['emails'], user.email),
    groups: groups.map(({ id, name, direct }) => ({
      value: id,
      $ref: `${base}/Groups/${id}`,
      display: name,
      type: direct ? 'direct' : 'indirect',
    })),
    [metadataUrn]: { entries },
  })
  return {
    schemas: schemasOf(userType, resource),
    ...resource,
    meta: {
      resourceType: 'User',
      created: user.created_at,
      lastModified: user.updated_at,
      location: `${base}/Users/${user.id}`,
      version: versionTag(version),
    },
  }
}

/**
 * The addresses from the directory; the main one has the current address of the account. Null for a user without an
 * address.
 */
function emailsOf(kept: unknown, address: string | null): Resource[] | null {
  if (address === null) return null
  const emails = Array.isArray(kept) ? kept.filter(isJsonObject) : []
  const main = mainEmail(emails)
  if (!main) return [{ value: address, type: 'work', primary: true }]
  return emails.map((email) => (email === main ? { ...email, value: address } : email))
}

/** Whether these addresses equal those shown for a user without addresses from the directory. */
function isPlain(emails: unknown): boolean {
  if (!Array.isArray(emails) || emails.length !== 1) return false
  const [only] = emails
  if (!isJsonObject(only)) return false
  const { value, type, primary, ...more } = only
  return value !== undefined && type === 'work' && primary === true && Object.keys(more).length === 0
}

/** The primary address, or else the first one. */
function mainEmail(emails: unknown): Resource | undefined {
  if (!Array.isArray(emails)) return undefined
  const given = emails.filter(isJsonObject)
  return given.find(({ primary }) => primary === true) ?? given[0]
}

/** The address of the account in the resource, if there is one. */
export function addressOf(resource: Resource): string | undefined {
  const value = mainEmail(resource['emails'])?.['value']
  return typeof value === 'string' && value !== '' ? value.trim() : undefined
}

/** The fields of the user in the resource, except username and address. */
export function fieldsOf(resource: Resource, before: User | null): Partial<UserFields> {
  const name = isJsonObject(resource['name']) ? resource['name'] : {}
  const { active, externalId } = resource
  const metadata = metadataIn(resource, before?.metadata ?? {})
  return {
    first_name: textOrNull(name['givenName']),
    last_name: textOrNull(name['familyName']),
    external_id: textOrNull(externalId),
    ...(typeof active === 'boolean' && { status: active ? 'active' : 'disabled' }),
    ...(metadata && { metadata }),
  }
}

/** The attributes without a field, in their stored form. @throws invalidValue */
export function keptAttributes(resource: Resource): JsonText<Resource> {
  const { givenName: _, familyName: __, ...name } = isJsonObject(resource['name']) ? resource['name'] : {}
  const emails = isPlain(resource['emails']) ? null : resource['emails']
  const kept = Object.entries({ ...resource, name, emails }).filter(([member]) => !elsewhere.has(member))
  const text = jsonText(withoutNothingIn(Object.fromEntries(kept)))
  if (Buffer.byteLength(text) > maxAttributes)
    throw scimError('invalidValue', 'The attributes of a user may have at most 16 KiB.')
  return text
}

/** The metadata in the extension; undefined when the resource does not have the extension. */
function metadataIn(
  resource: Resource,
  before: Record<string, unknown>,
): Record<string, unknown> | undefined {
  const extension = resource[metadataUrn] === null ? { entries: [] } : resource[metadataUrn]
  if (!isJsonObject(extension) || !('entries' in extension)) return undefined
  const entries = Array.isArray(extension['entries']) ? extension['entries'].filter(isJsonObject) : []
  const wanted = new Map<string, unknown>()
  for (const { name, value } of entries) {
    if (typeof name !== 'string' || name === '' || name === '__proto__' || typeof value !== 'string')
      throw scimError('invalidValue', 'An entry of the metadata has a name and a value.')
    const same = Object.hasOwn(before, name) && entryText(before[name]) === value
    wanted.set(name, same ? before[name] : value)
  }
  const gone = Object.keys(before).filter((name) => !wanted.has(name))
  // A merge patch: null removes entries that are left out.
  return Object.fromEntries([...gone.map((name) => [name, null] as const), ...wanted])
}

function entryText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && !isNothing(value) && value.trim() !== '' ? value.trim() : null
}
