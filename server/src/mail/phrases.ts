/** The texts that features put into mails: phrases by key, which each language defines, and durations. */
import type { Language } from '../html/language.ts'
import { filled, type Texts, textsIn } from '../texts/texts.ts'

type Key = keyof Texts['phrases']
type Plain =
  | 'unknown_program'
  | 'passkey_added'
  | 'passkey_removed'
  | 'app_added'
  | 'app_removed'
  | 'recovery_codes_created'
  | 'factors_removed'
  | 'webhook_failing'
  | 'webhook_gone'
type Counted = Key extends infer Each ? (Each extends `${infer Stem}.other` ? Stem : never) : never

/** `count` chooses the form of a counted phrase. */
export type Phrase =
  | { key: Plain }
  | { key: Counted; count: number }
  | { key: 'account_linked' | 'account_unlinked'; name: string }
  | { key: 'device'; program: string; system: string }

/** Shown in the largest of the units day, hour and minute that divides the duration. */
export type Duration = { seconds: number }

export function phraseIn(language: Language, phrase: Phrase | Duration): string {
  if ('seconds' in phrase) return durationIn(language, phrase.seconds)
  const { key, ...values } = phrase
  const known: Record<string, string> = textsIn(language).phrases
  const text = known[key] ?? countedIn(language, key, 'count' in values ? values.count : 0)
  const shown = Object.entries(values).map(([name, value]) => [
    name,
    typeof value === 'number' ? new Intl.NumberFormat(language).format(value) : value,
  ])
  return filled(text, Object.fromEntries(shown))
}

/** The form of a phrase for a number: `.one`, `.few`, `.many` or `.other` (`Intl.PluralRules`). */
function countedIn(language: Language, key: string, count: number): string {
  const known: Record<string, string> = textsIn(language).phrases
  return known[`${key}.${new Intl.PluralRules(language).select(count)}`] ?? known[`${key}.other`]!
}

const units = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const

/** Such as `24 hours`; a day is `24 hours`, because links are valid to the minute. */
function durationIn(language: Language, seconds: number): string {
  const [unit, size] = units.find(([, each]) => seconds % each === 0 && seconds > each) ?? units[2]
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(seconds / size)
}

/** Mails of versions before 0.3 have these in English. */
const olderDuration = /^(\d+) (minute|hour|day)s$/

/**
 * The phrase that an earlier version queued as an English text; other texts, such as names, stay as they are. A queued mail
 * lasts a week at most.
 */
export function phraseOfOlder(text: string): string | Phrase | Duration {
  const [, count, unit] = olderDuration.exec(text) ?? []
  if (count !== undefined) return { seconds: Number(count) * units.find(([name]) => name === unit)![1] }
  for (const [key, english] of Object.entries(textsIn('en').phrases)) {
    if (key === 'operator') continue
    const names = [...english.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!)
    const found = new RegExp(`^${english.replace(/\{\w+\}/g, '(.+)')}$`).exec(text)
    if (!found) continue
    const values = names.map((name, at) => [name, name === 'count' ? Number(found[at + 1]) : found[at + 1]])
    return { key: key.replace(/\.\w+$/, ''), ...Object.fromEntries(values) }
  }
  return text
}
