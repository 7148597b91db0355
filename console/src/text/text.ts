/**
 * The texts of the interface. English is always loaded; another language is loaded when it is chosen. Texts that it lacks are
 * shown in English.
 */
import en from './en.json'
import { type Language, readLanguage } from './language.ts'

export type TextKey = keyof typeof en
/**
 * Keys with a form for each plural of the language (`Intl.PluralRules`): `rows` stands for `rows.one` and `rows.other`, in
 * Polish also for `rows.few` and `rows.many`.
 */
type CountedKey = { [Key in TextKey]: Key extends `${infer Stem}.other` ? Stem : never }[TextKey]
type Catalogue = Record<string, string>
type Values = Record<string, string | number>

const catalogues: Record<Exclude<Language, 'en'>, () => Promise<{ default: Catalogue }>> = {
  de: () => import('./de.json'),
  fr: () => import('./fr.json'),
  es: () => import('./es.json'),
  pt: () => import('./pt.json'),
  it: () => import('./it.json'),
  pl: () => import('./pl.json'),
  ja: () => import('./ja.json'),
}

let current: Catalogue = en
let language: Language = 'en'

/** Loads the catalogue of a language and switches to it. */
export async function loadTexts(wanted: Language = readLanguage()): Promise<void> {
  current = wanted === 'en' ? en : (await catalogues[wanted]()).default
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
  const form = new Intl.PluralRules(language).select(count)
  const isThere = `${key}.${form}` in current
  return t(`${key}.${isThere ? form : 'other'}` as TextKey, { count: number(count), ...values })
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
