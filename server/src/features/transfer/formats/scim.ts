/** SCIM 2.0 (RFC 7643, RFC 7644): list responses, lists and single resources. Only users and groups are imported. */
import { isJsonObject } from '../../../encoding/json-object.ts'
import type { ImportedGroup } from '../imported-user.ts'
import type { ReadUser } from './description.ts'
import {
  type Fields,
  fieldsWithin,
  ignore,
  leaveBehind,
  note,
  put,
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
import { hasAll, hasAny } from './outline.ts'
import { withPages } from './pages.ts'
import type { Members } from './source-record.ts'

/** The type of the resource, from its schemas, its metadata or its members. */
function kindOf({ schemas, meta, userName, members }: Members): string {
  const type = isJsonObject(meta) ? meta['resourceType'] : undefined
  if (typeof type === 'string') return type
  const core = /^urn:ietf:params:scim:(?:schemas:core|api:messages):2\.0:(\w+)$/
  const names = (Array.isArray(schemas) ? schemas : []).map((schema) => core.exec(String(schema))?.[1])
  const name = names.find((each) => each !== undefined)
  return name ?? (members !== undefined && userName === undefined ? 'Group' : 'User')
}

function emailOf(fields: Fields) {
  const list = takeList(fields, 'emails')
  const emails = list.map((item): Members => (isJsonObject(item) ? item : { value: item }))
  const primary = emails.find((email) => email['primary'] === true) ?? emails[0]
  const email = primary && takeWord(fieldsWithin(fields, primary), 'value')
  return { email, others: emails.filter((each) => each !== primary) }
}

function namesOf(fields: Fields) {
  const name = fieldsWithin(fields, takeObject(fields, 'name') ?? {})
  const first_name = takeWord(name, 'givenName')
  const last_name = takeWord(name, 'familyName')
  return { first_name, last_name, moreOfName: takeRest(name) }
}

/** The names of the direct groups of the user. */
function groupsOf(fields: Fields): string[] | undefined {
  if (!Array.isArray(fields.members['groups'])) return undefined
  const names = takeList(fields, 'groups').flatMap((group) => {
    if (!isJsonObject(group) || group['type'] === 'indirect') return []
    if (typeof group['display'] === 'string' && group['display'] !== '') return [group['display']]
    note(fields, `the group ${group['value']} without a name is`)
    return []
  })
  return names.length > 0 ? names : undefined
}

/** A group with a name, and the ids of its users; groups among the members are ignored. */
function groupOf(
  { members: { displayName, members } }: Fields,
  externalIds: ReadonlyMap<string, string>,
): { group: ImportedGroup } | undefined {
  if (typeof displayName !== 'string' || displayName.trim() === '') return undefined
  const ids = (Array.isArray(members) ? members : []).flatMap((member) =>
    isJsonObject(member) && typeof member['value'] === 'string' && member['type'] !== 'Group'
      ? [member['value']]
      : [],
  )
  return { group: { name: displayName.trim(), members: () => ids.map((id) => externalIds.get(id) ?? id) } }
}

/** `externalIds` maps the ids of the users so far, by which groups refer to them, to their external ids. */
function readUser(fields: Fields, externalIds: Map<string, string>): ReturnType<ReadUser> {
  const kind = kindOf(fields.members)
  const group = kind === 'Group' ? groupOf(fields, externalIds) : undefined
  if (group) return group
  if (kind !== 'User') return { skipped: `a resource of type ${kind}, not a user` }
  const { id, externalId } = fields.members
  if (typeof id === 'string' && typeof externalId === 'string' && externalId.trim() !== '')
    externalIds.set(id, externalId.trim())
  const userName = takeWord(fields, 'userName')
  const { email, others } = emailOf(fields)
  const { moreOfName, ...names } = namesOf(fields)
  const meta = fieldsWithin(fields, takeObject(fields, 'meta') ?? {})
  const parts = {
    email,
    ...names,
    status: takeFlag(fields, 'active') === false ? ('disabled' as const) : ('active' as const),
    groups: groupsOf(fields),
    external_id: takeWord(fields, 'externalId', 'id'),
    created_at: takeInstant(meta, 'created'),
    updated_at: takeInstant(meta, 'lastModified'),
    password: takeText(fields, 'password'),
  }
  leaveBehind(fields, 'the certificates are', 'x509Certificates')
  ignore(fields, 'schemas')
  const metadata = takeRest(fields)
  put(metadata, 'name', moreOfName)
  put(metadata, 'other_emails', others)
  return userOfParts(fields, { username: usernameOf(userName, email, metadata), ...parts, metadata })
}

const pageOrAll = createFormat({
  name: 'scim',
  lists: ['Resources'],
  likeness({ names, around }) {
    if (hasAll(around, 'schemas', 'Resources')) return 1
    return names.has('schemas') && hasAny(names, 'userName', 'displayName', 'members') ? 0.95 : 0
  },
  userReader: () => {
    const externalIds = new Map<string, string>()
    return (fields) => readUser(fields, externalIds)
  },
})

export const scim = withPages(pageOrAll, /"totalResults"\s*:\s*(\d{1,9})/)
