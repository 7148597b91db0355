/** Functions for several systems. */
import { type Fields, saysSomething } from '../fields.ts'

/** Undefined without a value. */
export function statusOfFlags(flags: {
  enabled?: boolean | undefined
  disabled?: boolean | undefined
}): 'active' | 'disabled' | undefined {
  if (flags.enabled === false || flags.disabled === true) return 'disabled'
  return flags.enabled === undefined && flags.disabled === undefined ? undefined : 'active'
}

/** Splits a full name: the last word is the last name. */
export function namesOfWhole(name: string | undefined): { first_name?: string; last_name?: string } {
  const words = name?.split(/\s+/) ?? []
  if (words.length < 2) return words[0] ? { first_name: words[0] } : {}
  return { first_name: words.slice(0, -1).join(' '), last_name: words.at(-1)! }
}

/** Whether a column has a value, for example the date of an event. */
export function isSaid(fields: Fields, name: string): boolean {
  const value = fields.members[name]
  return saysSomething(value) && value !== 0 && value !== '0'
}

/** The five characters that old PHP programs store as entities. */
export function withoutEntities(text: string | undefined): string | undefined {
  const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#039': "'" }
  return text?.replace(/&(amp|lt|gt|quot|#039);/g, (_, name: string) => entities[name]!)
}
