/** LDIF (RFC 2849) of `ldapsearch` and `slapcat`: persons of OpenLDAP, 389 Directory Server and others. */
import { isUtf8 } from 'node:buffer'
import { isOffInActiveDirectory } from '../../columns/account-status.ts'
import { principalOf } from '../../columns/generic-user.ts'
import type { ImportedUser } from '../../imported-user.ts'
import {
  type Fields,
  ignore,
  put,
  take,
  takeInstant,
  takeRest,
  takeWord,
  usernameOf,
  userOfParts,
} from '../fields.ts'
import { createFormat } from '../format.ts'
import { faultItem, type Members, maxRecordBytes, type SourceRecord, tooLarge } from '../source-record.ts'

/** Entries are separated by empty lines. The text has one Latin-1 character for each byte. */
async function* readEntries(input: AsyncIterable<Buffer>): AsyncGenerator<SourceRecord[]> {
  let text = ''
  let row = 0
  const recordOf = (entry: string): SourceRecord[] => {
    const lines = entry.replace(/\n /g, '').split('\n')
    const attributes = lines.filter((line) => line !== '' && !/^(#|version:|search:|result:)/.test(line))
    if (attributes.length === 0) return []
    row += 1
    const members = membersOf(attributes)
    return [members ? { row, members } : faultItem(row, 'not_utf8', 'The entry is not valid UTF-8.')]
  }
  for await (const chunk of input) {
    text = (text + chunk.toString('latin1')).replaceAll('\r\n', '\n')
    const entries = text.split(/\n\n+/)
    text = entries.pop() ?? ''
    yield entries.flatMap(recordOf)
    if (text.length > maxRecordBytes) return yield [tooLarge(row + 1)]
  }
  yield recordOf(text)
}

/** Names in lower case without options (`;lang-de`); a repeated attribute becomes a list. */
function membersOf(lines: readonly string[]): Members | undefined {
  const members: Members = {}
  for (const line of lines) {
    const [, name = '', colons, written = ''] = /^([^:;]+)(?:;[^:]*)?(::?)\s*(.*)$/.exec(line) ?? []
    const bytes = colons === '::' ? Buffer.from(written, 'base64') : Buffer.from(written, 'latin1')
    const key = name.toLowerCase()
    // Photos and certificates are not text.
    if (!isUtf8(bytes) && colons === '::') continue
    if (!isUtf8(bytes)) return undefined
    if (key === '__proto__') continue
    const value = bytes.toString('utf8')
    const earlier = members[key]
    members[key] = earlier === undefined ? value : [earlier, value].flat()
  }
  return members
}

function firstOf(fields: Fields, ...names: string[]): string | undefined {
  for (const name of names) {
    const value = take(fields, name)
    const first: unknown = Array.isArray(value) ? value[0] : value
    if (typeof first === 'string' && first.trim() !== '') return first.trim()
  }
  return undefined
}

/** Converts `20240131093000Z` to an RFC 3339 instant. */
function takeTime(fields: Fields, name: string): string | undefined {
  const text = firstOf(fields, name)
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(text ?? '') ?? []
  if (year === undefined) return undefined
  return takeInstant(
    { ...fields, members: { [name]: `${year}-${month}-${day}T${hour}:${minute}:${second}Z` } },
    name,
  )
}

const ofServers = [
  ...['dn', 'objectclass', 'structuralobjectclass', 'entrydn', 'entrycsn', 'creatorsname', 'modifiersname'],
  ...['objectguid', 'objectsid', 'objectcategory', 'whencreated', 'whenchanged', 'useraccountcontrol'],
  ...['subschemasubentry', 'hassubordinates', 'modifytimestamp', 'pwdchangedtime', 'nsuniqueid', 'memberof'],
]

function readUser(fields: Fields): ImportedUser | { skipped: string } {
  const { members } = fields
  if (
    members['uid'] === undefined &&
    members['mail'] === undefined &&
    members['samaccountname'] === undefined
  )
    return { skipped: 'an entry without uid or mail, not a person' }
  if ([members['objectclass']].flat().includes('computer')) return { skipped: 'a computer, not a person' }
  const username = firstOf(fields, 'uid', 'samaccountname')
  const email = firstOf(fields, 'mail') ?? principalOf(fields)
  const isLocked =
    ['pwdaccountlockedtime', 'nsaccountlock'].some((name) =>
      /^(\d|true)/i.test(String(members[name] ?? '')),
    ) || isOffInActiveDirectory(fields) === true
  const parts = {
    email,
    first_name: firstOf(fields, 'givenname'),
    last_name: firstOf(fields, 'sn'),
    status: isLocked ? ('disabled' as const) : ('active' as const),
    external_id: firstOf(fields, 'entryuuid', 'nsuniqueid', 'ipauniqueid'),
    created_at: takeTime(fields, 'createtimestamp') ?? takeTime(fields, 'whencreated'),
    last_login_at: takeInstant(fields, 'lastlogontimestamp'),
    password: firstOf(fields, 'userpassword'),
  }
  ignore(fields, ...ofServers, 'pwdaccountlockedtime', 'nsaccountlock')
  const name = takeWord({ ...fields, members: { cn: firstOf(fields, 'displayname', 'cn') } }, 'cn')
  const metadata = takeRest(fields)
  put(metadata, 'display_name', name)
  return userOfParts(fields, { username: usernameOf(username, email, metadata), ...parts, metadata })
}

export const ldif = createFormat({
  name: 'ldif',
  likeness: () => 0,
  userReader: () => readUser,
  text: {
    sign: (head) =>
      /^(\ufeff?(\s*\n|#[^\n]*\n)*(version: *1\s*\n(\s*\n|#[^\n]*\n)*)?)dn::? /.test(head)
        ? 'its first entry has a dn'
        : undefined,
    read: readEntries,
  },
})
