/** The fields of columns from the operator: `Vorname=first_name`. */
import { AppError } from '../../../errors.ts'
import { type Fields, fieldsWithin } from '../formats/fields.ts'
import type { Members } from '../formats/source-record.ts'
import type { ImportedUser } from '../imported-user.ts'
import { fieldNames } from './column-names.ts'
import { genericUser } from './generic-user.ts'

/** The field for each column; `-` ignores the column. */
export type ColumnMap = ReadonlyMap<string, string>

/** Parses `COLUMN=FIELD`, or several of them separated by commas. @throws invalid_input */
export function columnMapOf(texts: readonly string[]): ColumnMap {
  const map = new Map<string, string>()
  for (const [column, field] of texts.flatMap(pairsOf)) {
    if (!isTarget(field))
      throw refused(
        `There is no field ${field}; there are ${fieldNames.join(', ')}, metadata.NAME, and - to leave the column out.`,
      )
    if (map.has(column)) throw refused(`The column ${column} is mapped twice.`)
    if (field !== '-' && [...map.values()].includes(field))
      throw refused(`Two columns are mapped to ${field}.`)
    map.set(column, field)
  }
  return map
}

function pairsOf(text: string): [column: string, field: string][] {
  const pairs = [...text.matchAll(/(.+?)=([^=,]+)(?:,|$)/gs)]
  if (pairs.length === 0 || pairs.map(([whole]) => whole).join('') !== text)
    throw refused(`${JSON.stringify(text)} is not COLUMN=FIELD.`)
  return pairs.map(([, column = '', field = '']) => [column.trim(), field.trim()])
}

function isTarget(field: string): boolean {
  return (
    field === '-' ||
    fieldNames.includes(field) ||
    (/^metadata\..+/.test(field) && !field.split('.').includes('__proto__'))
  )
}

/** The temporary name of a mapped column until it is read. */
const mark = '\u0000'

/** The header without the mapped columns, and the names of these at their positions. */
export function splitHeader(
  header: string[],
  map: ColumnMap,
): { others: string[]; names: (string | undefined)[]; missing: string[] } {
  const left = new Map(map)
  const find = (column: string) => {
    const name = [column.trim(), ...left.keys()].find(
      (each) => left.has(each) && each.toLowerCase() === column.trim().toLowerCase(),
    )
    const field = name === undefined ? undefined : left.get(name)
    if (name !== undefined) left.delete(name)
    return field
  }
  const names = header.map((column) => {
    const field = find(column)
    return field === undefined ? undefined : mark + field
  })
  const others = header.map((column, index) => (names[index] === undefined ? column : ''))
  return { others, names, missing: [...left.keys()] }
}

/** The members for the format, and the mapped ones by the names of their fields. */
export function splitMembers(members: Members, map: ColumnMap): { others: Members; mapped: Members } {
  const others: Members = {}
  const mapped: Members = {}
  for (const name of Object.keys(members)) {
    const field = name.startsWith(mark) ? name.slice(1) : map.get(name)
    if (field === undefined) others[name] = members[name]
    else if (field !== '-') mapped[field] = members[name]
  }
  return { others, mapped }
}

/** The user with the values of the mapped columns, which override the format. */
export function withMapped(user: ImportedUser, mapped: Members, fields: Fields): ImportedUser {
  const email = mapped['email'] ?? user.email
  const read = genericUser(
    fieldsWithin({ ...fields, notes: [] }, email === undefined ? mapped : { ...mapped, email }),
  )
  const metadata = { ...user.metadata, ...read.metadata }
  const notes = [...(user.notes ?? []), ...(read.notes ?? [])]
  return {
    ...user,
    ...read,
    ...(Object.keys(metadata).length > 0 && { metadata }),
    ...(notes.length > 0 && { notes }),
  }
}

function refused(detail: string): AppError {
  return new AppError('invalid_input', { detail })
}
