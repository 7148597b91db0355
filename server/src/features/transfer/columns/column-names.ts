/** The fields that the names of columns mean. */

import { snakeCase } from '../formats/fields.ts'
import { aliases } from './aliases.ts'

/** The fields that a column can be said to be, with those that only an import knows. */
export const fieldNames: readonly string[] = Object.keys(aliases)

/**
 * Small letters without accents, words joined by `_`: `Prénom` becomes `prenom`, `E-Mail` becomes `e_mail`. Remarks in
 * brackets do not count: `First Name [Required]`.
 */
function plainName(name: string): string {
  const bare = name.replace(/(?<=\S)\s*\[[^\]]*\]\s*$/, '').replace(/^[^\p{L}\p{N}]+/u, '')
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

const fieldOfAlias = new Map(
  Object.entries(aliases).flatMap(([field, names]) =>
    names.map((name): [string, string] => [plainName(name), field]),
  ),
)

/** Of two columns that mean the same field, the one whose name stands first in the table is it. */
const rankOfAlias = new Map(
  Object.values(aliases).flatMap((names) =>
    names.map((name, rank): [string, number] => [plainName(name), rank]),
  ),
)

/** The field that a name means, whatever other columns there are. */
export function fieldMeantBy(name: string): string | undefined {
  return fieldOfAlias.get(plainName(name))
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
  const plain = header.map(plainName)
  const meant = new Set(plain.map((name) => fieldOfAlias.get(name)))
  const fields = plain.map((name) => {
    const alone = needsNeighbour[name]
    return alone !== undefined && !meant.has(alone) ? undefined : fieldOfAlias.get(name)
  })
  const rank = (index: number) => rankOfAlias.get(plain[index]!)!
  const isBest = (index: number) =>
    fields.every(
      (field, other) =>
        field !== fields[index] ||
        other === index ||
        rank(index) < rank(other) ||
        (rank(index) === rank(other) && index < other),
    )
  const taken = new Set<string>()
  return header.map((column, index) => {
    const own = column.trim() || `column_${index + 1}`
    const field = fields[index]
    let name = field === undefined || !isBest(index) ? own : field
    // A column whose own name is that of another field, or is written twice.
    for (let count = 2; taken.has(name) || (name !== field && Object.hasOwn(aliases, name)); count++)
      name = `${own}_${count}`
    taken.add(name)
    return name.split('.').includes('__proto__') ? undefined : name
  })
}
