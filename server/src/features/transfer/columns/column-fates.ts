/**
 * Finds the field for each column. A record is read again without one of its columns: the missing fields came from that
 * column. This works for every format.
 */
import { isJsonObject } from '../../../encoding/json-object.ts'
import { saysSomething, snakeCase } from '../formats/fields.ts'
import { flagOf } from '../formats/flags.ts'
import type { Members } from '../formats/source-record.ts'
import type { ImportedUser } from '../imported-user.ts'
import { fieldMeantBy } from './column-names.ts'

/** The name of a column, and its fields. */
export type ColumnFates = Record<string, string>

/** The number of records examined; a column that is empty in all of them is reported as empty. */
const looks = 50
/** A later record may still show the field of the column, because some values, such as a date of zero, are ignored. */
const leftOut = 'left out'
const states = new Set(['enabled', 'disabled', 'status'])
/** The most columns in a report. */
const maxColumns = 200
/** The most fields of the user that are named for one column. */
const maxParts = 5

type Read = (members: Members) => ImportedUser | undefined

export function createColumnFates(read: Read) {
  const fates = new Map<string, string | undefined>()
  let seen = 0

  /** The parts of the user that differ without these members, or with changed ones. */
  const differences = (whole: ImportedUser, members: Members, removed?: unknown): string[] => {
    const user = read(members)
    // Without the column the record is not a user: the column decides whether the record is imported, or contains the
    // complete user.
    if (!user) return isJsonObject(removed) ? partsOf(whole).map(([part]) => part) : []
    const other = new Map(partsOf(user))
    return partsOf(whole).flatMap(([part, text]) => (other.get(part) === text ? [] : [part]))
  }

  const fateOf = (members: Members, name: string, whole: ImportedUser): string => {
    const { [name]: value, ...others } = members
    let parts = differences(whole, others, value)
    const flag = flagOf(value)
    // A value that equals the default shows only if it is inverted.
    if (parts.length === 0 && flag !== undefined) parts = differences(whole, { ...members, [name]: !flag })
    // Two columns may have the same meaning.
    if (parts.length === 0 && flag === undefined && !/^([{[]\s*[}\]])?$/.test(String(value)))
      parts = partsOf(whole).flatMap(([part, text]) => (text === JSON.stringify(value) ? [part] : []))
    const own = parts.find((part) => part === snakeCase(name))
    // One of several columns that disable an account is enough.
    if (parts.length === 0 && flag !== undefined && states.has(fieldMeantBy(name) ?? name)) return 'status'
    if (parts.length === 0) return leftOut
    return own ?? parts.slice(0, maxParts).join(' and ') + (parts.length > maxParts ? ' …' : '')
  }

  return {
    see(members: Members): void {
      if (seen >= looks) return
      seen += 1
      const unknown = Object.keys(members).filter((name) => {
        if (!fates.has(name) && fates.size < maxColumns) fates.set(name, undefined)
        const isOpen = fates.get(name) === undefined || fates.get(name) === leftOut
        return fates.has(name) && isOpen && saysSomething(members[name])
      })
      const whole = unknown.length > 0 ? read(members) : undefined
      if (!whole) return
      for (const name of unknown) fates.set(name, fateOf(members, name, whole))
    },

    /** `shown` are the original names of renamed columns. */
    list(shown: ReadonlyMap<string, string>): ColumnFates {
      const list: ColumnFates = {}
      for (const [name, fate] of fates) {
        const own = shown.get(name) ?? name
        list[Object.hasOwn(list, own) ? name : own] = fate ?? 'empty'
      }
      return list
    },
  }
}

/** Fields and members of the metadata, as texts. */
function partsOf({ metadata = {}, notes: _, ...fields }: ImportedUser): [name: string, text: string][] {
  return [
    ...Object.entries(fields).map(([name, value]): [string, string] => [
      name === 'password_hash' ? 'password hash' : name,
      JSON.stringify(value),
    ]),
    ...Object.entries(metadata).map(([name, value]): [string, string] => [
      `metadata.${name}`,
      JSON.stringify(value),
    ]),
  ]
}
