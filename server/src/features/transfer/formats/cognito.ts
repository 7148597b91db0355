/** Amazon Cognito: the CSV of its user import, and the JSON of `list-users`. It never exports passwords. */
import { isJsonObject } from '../../../encoding/json-object.ts'
import type { ImportedUser } from '../imported-user.ts'
import {
  type Fields,
  fault,
  fieldsWithin,
  leaveBehind,
  note,
  put,
  seeObjects,
  takeFlag,
  takeInstant,
  takeList,
  takeRest,
  takeWord,
  usernameOf,
  userOfParts,
} from './fields.ts'
import { createFormat } from './format.ts'
import { hasAny } from './outline.ts'
import type { Members } from './source-record.ts'

/** The attributes, which are pairs of name and value in the API, merged with the other members. */
function withAttributes(fields: Fields): Fields {
  const members: Members = { ...fields.members }
  for (const listName of ['Attributes', 'UserAttributes']) {
    for (const attribute of takeList(fields, listName)) {
      const { Name: name, Value: value }: Members = isJsonObject(attribute) ? attribute : {}
      if (typeof name !== 'string') fault(fields, [listName], 'is not a list of names and values')
      else if (name !== '__proto__') members[name] = value
    }
    delete members[listName]
  }
  return fieldsWithin(fields, members)
}

const disabledStatuses = new Set(['ARCHIVED', 'COMPROMISED'])

function statusOf(fields: Fields): 'active' | 'disabled' {
  const status = String(fields.members['UserStatus'])
  if (status === 'EXTERNAL_PROVIDER') note(fields, 'signing in through another provider is')
  return takeFlag(fields, 'Enabled') === false || disabledStatuses.has(status) ? 'disabled' : 'active'
}

function noteFactors(fields: Fields): void {
  if (takeFlag(fields, 'cognito:mfa_enabled')) note(fields, 'the second factor is')
  leaveBehind(fields, 'the second factors are', 'MFAOptions', 'UserMFASettingList', 'PreferredMfaSetting')
  for (const { providerName } of seeObjects(fields, 'identities')) {
    note(fields, `signing in through ${providerName} is`)
  }
}

const uuid = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i

function readUser(record: Fields): ImportedUser {
  const fields = withAttributes(record)
  const givenName = takeWord(fields, 'cognito:username', 'Username')
  const email = takeWord(fields, 'email')
  const externalId = takeWord(fields, 'sub') ?? givenName
  const parts = {
    email,
    email_verified: takeFlag(fields, 'email_verified'),
    first_name: takeWord(fields, 'given_name'),
    last_name: takeWord(fields, 'family_name'),
    status: statusOf(fields),
    external_id: externalId,
    created_at: takeInstant(fields, 'UserCreateDate'),
    updated_at: takeInstant(fields, 'UserLastModifiedDate', 'updated_at'),
  }
  noteFactors(fields)
  const metadata = takeRest(fields)
  // In pools whose users sign in by e-mail address, the usernames are ids.
  const isId = givenName !== undefined && uuid.test(givenName)
  if (isId && givenName !== externalId) put(metadata, 'username', givenName)
  const username = isId ? undefined : usernameOf(givenName, email, metadata)
  return userOfParts(fields, { username, ...parts, metadata })
}

export const cognito = createFormat({
  name: 'cognito',
  lists: ['Users'],
  likeness({ names }) {
    if (names.has('cognito:username')) return 1
    return names.has('Username') && hasAny(names, 'Attributes', 'UserStatus', 'UserCreateDate') ? 0.95 : 0
  },
  userReader: () => readUser,
  csv: {},
})
