/** Django: `auth_user` as CSV or in a dump of the database, and `manage.py dumpdata` as JSON or JSON lines. */
import { isJsonObject } from '../../../../encoding/json-object.ts'
import type { ImportedUser } from '../../imported-user.ts'
import {
  type Fields,
  fieldsWithin,
  put,
  take,
  takeFlag,
  takeInstant,
  takeList,
  takeObject,
  takeRest,
  takeText,
  takeWord,
  usernameOf,
  userOfParts,
} from '../fields.ts'
import { createFormat } from '../format.ts'
import { hasAll } from '../outline.ts'
import { statusOfFlags } from './parts.ts'

/** A combination of columns that no other system has. A custom user model based on Django's has them too. */
const ofUser = ['password', 'is_superuser', 'is_staff', 'date_joined']

/** An object of `dumpdata` that is not a user: a permission, a session, a page. */
function otherModelOf(fields: Fields): string | undefined {
  const { model } = fields.members
  if (typeof model !== 'string') return undefined
  const members = fields.members['fields']
  const has = (name: string) => isJsonObject(members) && Object.hasOwn(members, name)
  // A custom user model always has a password and the time of the last sign-in.
  const isUser = has('password') && (has('last_login') || has('is_superuser'))
  return isUser ? undefined : model
}

/** Groups by name (`--natural-foreign`); their numbers are useless here. */
function groupsOf(fields: Fields): string[] | undefined {
  const names = takeList(fields, 'groups')
    .map((group) => (Array.isArray(group) ? group[0] : group))
    .filter((group) => typeof group === 'string')
  return names.length > 0 ? names : undefined
}

function readUser(record: Fields): ImportedUser | { skipped: string } {
  const model = otherModelOf(record)
  if (model !== undefined) return { skipped: `a record of ${model.slice(0, 100)}, not a user` }
  const inner = takeObject(record, 'fields')
  const id = takeWord(record, 'pk', 'id')
  const fields = inner ? fieldsWithin(record, inner) : record
  const username = takeWord(fields, 'username')
  const email = takeWord(fields, 'email')
  const parts = {
    email,
    first_name: takeWord(fields, 'first_name'),
    last_name: takeWord(fields, 'last_name'),
    status: statusOfFlags({ enabled: takeFlag(fields, 'is_active') }),
    roles: groupsOf(fields),
    external_id: id,
    created_at: takeInstant(fields, 'date_joined'),
    last_login_at: takeInstant(fields, 'last_login'),
    password: takeText(fields, 'password'),
  }
  const flags = ['is_superuser', 'is_staff'].filter((name) => takeFlag(fields, name) === true)
  take(fields, 'user_permissions')
  const metadata = takeRest(fields)
  for (const name of flags) put(metadata, name, true)
  return userOfParts(fields, { username: usernameOf(username, email, metadata), ...parts, metadata })
}

export const django = createFormat({
  name: 'django',
  likeness({ names, isCsv }) {
    if (hasAll(names, ...ofUser)) return 0.95
    return !isCsv && hasAll(names, 'model', 'fields') ? 0.9 : 0
  },
  userReader: () => readUser,
  csv: {},
  sql: {
    users: (_table, columns) => ofUser.every((name) => columns.includes(name)),
    others: /^(public\.)?(django_(content_type|migrations|session|admin_log)|auth_group)$/,
  },
})
