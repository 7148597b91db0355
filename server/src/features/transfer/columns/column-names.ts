/** The fields that the names of columns mean. */

import { snakeCase } from '../formats/fields.ts'
import { aliases } from './aliases.ts'

/** The fields that a column can be said to be, with those that only an import knows. */
export const fieldNames: readonly string[] = Object.keys(aliases)

/** No name of a field is near as long: the search for brackets takes the square of it. */
const longestName = 200

/**
 * Small letters without accents, words joined by `_`: `Prénom` becomes `prenom`, `E-Mail` becomes `e_mail`. Remarks in
 * brackets do not count: `First Name [Required]`.
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

/** The fields by the names of columns, and how far in front each name stands in the table. */
const aliasOfName = new Map(
  Object.entries(aliases).flatMap(([field, names]) =>
    names.map((name, rank): [string, Alias] => [plainName(name), { field, rank }]),
  ),
)
/** The same without the signs between words: `emailverified`, `samaccountname`. */
const aliasOfLetters = new Map([...aliasOfName].map(([name, alias]) => [lettersOf(name), alias]))

function lettersOf(name: string): string {
  return name.replaceAll('_', '')
}

function aliasOf(plain: string): Alias | undefined {
  return aliasOfName.get(plain) ?? aliasOfLetters.get(lettersOf(plain))
}

/** Objects about the user, whose members flat exports name with dots: `user.firstName`, `profile.login`. */
const ofUser = /^(?:user|users|profile|account|member|person|attributes|traits)\.(.+)$/i
/** The first of several addresses, as MongoDB writes the header: `emails.0.address`, `emails[0].verified`. */
const ofAddress = /^emails?[.[]0\]?\.(?:(address|value|email)|(?:is_?)?(?:verified|confirmed))$/i
/** A name without such a part counts more. */
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

/** The field that a name means, whatever other columns there are. */
export function fieldMeantBy(name: string): string | undefined {
  return meaningOf(name)?.field
}

/** Words that mean another field when its neighbour is there: Italian `nome` beside `cognome`, Portuguese `nome` alone is the whole name. */
const needsNeighbour: Record<string, string> = {
  nom: 'first_name',
  nome: 'last_name',
  nombre: 'last_name',
  名: 'last_name',
}

/** The names of fields in place of those of columns; a column that is none keeps its own. */
export function columnsOf(header: readonly string[]): (string | undefined)[] {
  const meanings = header.map(meaningOf)
  const meant = new Set(meanings.map((meaning) => meaning?.field))
  const fields = header.map((name, index) => {
    const alone = needsNeighbour[plainName(name)]
    return alone !== undefined && !meant.has(alone) ? undefined : meanings[index]?.field
  })
  /** Of two columns that mean the same field, the one whose name stands first in the table is it. */
  const best = new Map<string | undefined, number>()
  const rank = (index: number) => meanings[index]!.rank
  for (const [index, field] of fields.entries()) {
    const other = best.get(field)
    if (field !== undefined && (other === undefined || rank(index) < rank(other))) best.set(field, index)
  }
  const taken = new Set<string>()
  /** The number that the next column of a name gets, so that many equal names do not search through all of them. */
  const numbers = new Map<string, number>()
  return header.map((column, index) => {
    const own = column.trim() || `column_${index + 1}`
    const field = fields[index]
    let name = field === undefined || best.get(field) !== index ? own : field
    // A column whose own name is that of another field, or is written twice.
    let count = numbers.get(own) ?? 2
    for (; taken.has(name) || (name !== field && Object.hasOwn(aliases, name)); count++)
      name = `${own}_${count}`
    numbers.set(own, count)
    taken.add(name)
    return name.split('.').includes('__proto__') ? undefined : name
  })
}
