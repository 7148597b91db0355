/** Booleans, and values that tables use instead: the date of the event, or a word. */
import { type Fields, ignore, takeFlag } from '../formats/fields.ts'
import { flagOf } from '../formats/flags.ts'
import { instantOf } from '../formats/instants.ts'

const orders: readonly Fields['dayOrder'][] = [undefined, 'day first', 'month first']

const verdicts = new Map<string, boolean>([
  ...['verified', 'confirmed', 'validated'].map((word): [string, boolean] => [word, true]),
  ...['unverified', 'unconfirmed', 'not verified', 'not confirmed', 'pending'].map(
    (word): [string, boolean] => [word, false],
  ),
])

/** A word, or the date of the confirmation, means true. */
export function takeVerified(fields: Fields, ...names: string[]): boolean | undefined {
  return takeDated(fields, verdicts, ...names)
}

/** A flag whose value may be the date of the event. */
export function takeDated(
  fields: Fields,
  verdicts: ReadonlyMap<string, boolean> | undefined,
  ...names: string[]
): boolean | undefined {
  const name = names.find((each) => fields.members[each] !== undefined)
  if (name === undefined) return takeFlag(fields, ...names)
  const value = fields.members[name]
  const verdict = verdicts?.get(String(value).trim().toLowerCase())
  if (verdict !== undefined) {
    ignore(fields, name)
    return verdict
  }
  // Which of the numbers is the day does not matter here.
  const isDate = orders.some((order) => instantOf(value, order) !== undefined)
  if (isDate && flagOf(value) === undefined) {
    ignore(fields, name)
    return true
  }
  return takeFlag(fields, ...names)
}
