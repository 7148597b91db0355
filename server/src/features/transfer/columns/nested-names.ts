/** Finds the name and address of a user in nested members: `traits.email`, `emails[0].address`. */
import { isJsonObject } from '../../../encoding/json-object.ts'
import type { Members } from '../formats/source-record.ts'
import type { ImportedUser } from '../imported-user.ts'
import { fieldMeantBy } from './column-names.ts'

/** Members about the user of the record; others may be about another person. */
const ofPerson =
  /^(traits|profile|human|user|person|local|identity|attributes|account|data|info|user_?info|login_?methods|name|e-?mails?|email_?addresses|fields|credentials|personal|contacts?|contact_?info)$/i

const maxDepth = 4

type Names = Pick<ImportedUser, 'username' | 'email' | 'email_verified' | 'first_name' | 'last_name'>

const wordsOfName: Record<string, 'first_name' | 'last_name'> = {
  first: 'first_name',
  given: 'first_name',
  last: 'last_name',
  family: 'last_name',
}

const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== ''
const isAddress = (value: unknown): value is string => isText(value) && /^[^@\s]+@[^@\s]+$/.test(value.trim())

/** The address in `email` or `emails`: the primary one, or else the first. */
function addressIn(value: unknown): { email: string; isVerified: boolean | undefined } | undefined {
  if (isAddress(value)) return { email: value.trim(), isVerified: undefined }
  if (Array.isArray(value)) {
    const primary = value.find(
      (each) => isJsonObject(each) && (each['primary'] ?? each['isPrimary']) === true,
    )
    return addressIn(primary ?? value[0])
  }
  if (!isJsonObject(value)) return undefined
  const email = Object.values(value).find(isAddress)
  if (email === undefined) return undefined
  return { email: email.trim(), isVerified: verdictIn(value) }
}

/** The address and its verification in an object. */
function verdictIn(members: Members): boolean | undefined {
  const flag = Object.entries(members).find(([name]) =>
    /^(is_?)?(email_?)?(verified|confirmed)$/i.test(name),
  )?.[1]
  return typeof flag === 'boolean' ? flag : undefined
}

/** The names in the members of a record, the outermost first. */
export function nestedNames(members: Members): Names {
  const names: Names = {}
  let level: [path: string, value: unknown][] = Object.entries(members)
  for (let depth = 1; depth <= maxDepth && level.length > 0; depth++) {
    const next: typeof level = []
    for (const [name, value] of level) {
      see(names, name, value)
      if (!ofPerson.test(name)) continue
      const inner = Array.isArray(value) ? value.slice(0, 1) : [value]
      for (const each of inner.filter(isJsonObject)) {
        next.push(...Object.entries(each))
        const isFirst = names.email === undefined && isAddress(each['email'])
        const verdict = isFirst ? verdictIn(each) : undefined
        if (verdict !== undefined) names.email_verified ??= verdict
      }
    }
    level = next
  }
  const [proven] = listIn(members['verifiable_addresses']).filter(({ value }) => value === names.email)
  if (proven) names.email_verified ??= proven['verified'] === true
  return names
}

const listIn = (value: unknown) => (Array.isArray(value) ? value.filter(isJsonObject) : [])

function see(names: Names, name: string, value: unknown): void {
  if (names.email === undefined && /^e-?mails?$|^email_?addresses$/i.test(name)) {
    const found = addressIn(value)
    if (found) names.email = found.email
    if (found?.isVerified !== undefined) names.email_verified = found.isVerified
  }
  if (!isText(value)) return
  const field = wordsOfName[name.toLowerCase()] ?? fieldMeantBy(name)
  if (field === 'email' && isAddress(value)) names.email ??= value.trim()
  if (field === 'username' || field === 'first_name' || field === 'last_name') names[field] ??= value.trim()
}
