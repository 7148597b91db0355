/** Maps names of columns to fields. */

import { snakeCase } from '../formats/fields.ts'
import { aliases } from './aliases.ts'

/** The fields for a column, including those that only an import has. */
export const fieldNames: readonly string[] = Object.keys(aliases)

/** The maximum length of a name; the time of the search for brackets grows with its square. */
const longestName = 200

/**
 * Lower case without accents, words joined by `_`: `Prénom` becomes `prenom`, `E-Mail` becomes `e_mail`. Remarks in
 * brackets are ignored: `First Name [Required]`.
 */
function plainName(name: string): string {
  const bare = name
    .slice(0, longestName)
    .replace(/(?<=\S)\s*\[[^\]]*\]\s*$/, '')
    .replace(/^[^\p{L}\p{N}]+/u, '')
  return snakeCase(bare.trim())
    .normalize('NFKD')
    .toLowerCase()
    .replace(/ł/g, 'l')
    .replace(/ß/g, 'ss')
    .replace(/(?<=\p{Script=Latin})\p{M}+/gu, '')
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_+|_+$/g, '')
}

type Alias = { field: string; rank: number }

/** The fields by the names of columns, and the rank of each name. */
const aliasOfName = new Map(
  Object.entries(aliases).flatMap(([field, names]) =>
    names.map((name, rank): [string, Alias] => [plainName(name), { field, rank }]),
  ),
)
/** The same without separators: `emailverified`, `samaccountname`. */
const aliasOfLetters = new Map([...aliasOfName].map(([name, alias]) => [lettersOf(name), alias]))

function lettersOf(name: string): string {
  return name.replaceAll('_', '')
}

function aliasOf(plain: string): Alias | undefined {
  return aliasOfName.get(plain) ?? aliasOfLetters.get(lettersOf(plain))
}

/** Objects about the user, which are prefixes in flat exports: `user.firstName`, `profile.login`. */
const ofUser = /^(?:user|users|profile|account|member|person|attributes|traits)\.(.+)$/i
/** The first of several addresses in headers of MongoDB: `emails.0.address`, `emails[0].verified`. */
const ofAddress = /^emails?[.[]0\]?\.(?:(address|value|email)|(?:is_?)?(?:verified|confirmed))$/i
/** A name without such a prefix has priority. */
const nestedRank = 10_000

function meaningOf(name: string): Alias | undefined {
  const own = aliasOf(plainName(name))
  if (own) return own
  const address = ofAddress.exec(name.trim())
  if (address) return { field: address[1] === undefined ? 'email_verified' : 'email', rank: nestedRank }
  const inner = ofUser.exec(name.trim())?.[1]
  const nested = inner === undefined ? undefined : aliasOf(plainName(inner))
  return nested && { ...nested, rank: nested.rank + nestedRank }
}

/** The field for a name, regardless of other columns. */
export function fieldMeantBy(name: string): string | undefined {
  return meaningOf(name)?.field
}

/** Words whose field depends on another column: Italian `nome` with `cognome`; Portuguese `nome` alone is the full name. */
const needsNeighbour: Record<string, string> = {
  nom: 'first_name',
  nome: 'last_name',
  nombre: 'last_name',
  名: 'last_name',
}

/** Replaces names of columns by names of fields; other columns keep their names. */
export function columnsOf(header: readonly string[]): (string | undefined)[] {
  const meanings = header.map(meaningOf)
  const meant = new Set(meanings.map((meaning) => meaning?.field))
  const fields = header.map((name, index) => {
    const alone = needsNeighbour[plainName(name)]
    return alone !== undefined && !meant.has(alone) ? undefined : meanings[index]?.field
  })
  /** If two columns mean the same field, the name with the better rank wins. */
  const best = new Map<string | undefined, number>()
  const rank = (index: number) => meanings[index]!.rank
  for (const [index, field] of fields.entries()) {
    const other = best.get(field)
    if (field !== undefined && (other === undefined || rank(index) < rank(other))) best.set(field, index)
  }
  const taken = new Set<string>()
  /** The number for the next column of a name, so that many equal names need no search. */
  const numbers = new Map<string, number>()
  return header.map((column, index) => {
    const own = column.trim() || `column_${index + 1}`
    const field = fields[index]
    let name = field === undefined || best.get(field) !== index ? own : field
    // The column's own name is that of another field, or occurs twice.
    let count = numbers.get(own) ?? 2
    for (; taken.has(name) || (name !== field && Object.hasOwn(aliases, name)); count++)
      name = `${own}_${count}`
    numbers.set(own, count)
    taken.add(name)
    return name.split('.').includes('__proto__') ? undefined : name
  })
}
