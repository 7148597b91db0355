/** The texts of the interface. English is always loaded; another language is loaded when it is chosen. */
import en from './en.json'
import { type Language, readLanguage } from './language.ts'

export type TextKey = keyof typeof en
/** Keys with a singular and a plural: `rows` stands for `rows.one` and `rows.other`. */
type CountedKey = { [Key in TextKey]: Key extends `${infer Stem}.other` ? Stem : never }[TextKey]
type Values = Record<string, string | number>

let current: Record<string, string> = en
let language: Language = 'en'

/** Loads the catalogue of a language and switches to it. */
export async function loadTexts(wanted: Language = readLanguage()): Promise<void> {
  current = wanted === 'de' ? (await import('./de.json')).default : en
  language = wanted
  document.documentElement.lang = wanted
}

export function currentLanguage(): Language {
  return language
}

export function t(key: TextKey, values?: Values): string {
  return fill(current[key] ?? en[key], values)
}

export function counted(key: CountedKey, count: number, values?: Values): string {
  const form = new Intl.PluralRules(language).select(count) === 'one' ? 'one' : 'other'
  return t(`${key}.${form}` as TextKey, { count: number(count), ...values })
}

/** The text of a computed key, or the alternative if there is none. */
export function textOr(key: string, alternative: string): string {
  return key in en ? t(key as TextKey) : alternative
}

export function number(value: number): string {
  return new Intl.NumberFormat(language).format(value)
}

/** Such as `4 minutes`. */
export function minutes(value: number): string {
  return new Intl.NumberFormat(language, { style: 'unit', unit: 'minute', unitDisplay: 'long' }).format(value)
}

export function list(values: readonly string[]): string {
  return new Intl.ListFormat(language, { type: 'unit', style: 'short' }).format(values)
}

function fill(text: string, values: Values = {}): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}
