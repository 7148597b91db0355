/** Compares the catalogue of a language with the English one. */
import type { Language } from '../../src/html/language.ts'
import { sameEverywhere, sameIn } from './same-words.ts'

export type Catalogue = Record<string, string>

const placeholders = (text: string) => (text.match(/\{\{?\w+\}?\}/g) ?? []).sort().join(' ')

/** The forms that counts of a language have, such as `one`, `few` and `many` in Polish. Counts are whole numbers. */
export function formsOf(language: Language): string[] {
  const rules = new Intl.PluralRules(language)
  return [...new Set(Array.from({ length: 200 }, (_, count) => rules.select(count)))].sort()
}

/** The members of an object and those inside of them, as `outer.inner`. */
export function flat(value: object, path = ''): Catalogue {
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, each]: [string, unknown]) =>
      typeof each === 'object' && each !== null
        ? Object.entries(flat(each, `${path}${name}.`))
        : [[`${path}${name}`, String(each)]],
    ),
  )
}

/** @returns what is missing, unknown, empty, without its placeholders or not translated */
export function faultsOf(language: Language, english: Catalogue, other: Catalogue): string[] {
  const stems = new Set(
    Object.keys(english).flatMap((key) => {
      const stem = /^(.*)\.other$/.exec(key)?.[1]
      return stem !== undefined && `${stem}.one` in english ? [stem] : []
    }),
  )
  const stemOf = (key: string) => {
    const stem = /^(.*)\.(zero|one|two|few|many|other)$/.exec(key)?.[1]
    return stem !== undefined && stems.has(stem) ? stem : undefined
  }
  const wanted = new Map<string, string>()
  for (const [key, text] of Object.entries(english)) {
    const stem = stemOf(key)
    if (stem === undefined) wanted.set(key, text)
    else for (const form of formsOf(language)) wanted.set(`${stem}.${form}`, english[`${stem}.other`]!)
  }
  const faults = Object.keys(other).flatMap((key) => (wanted.has(key) ? [] : [`${key} is unknown`]))
  for (const [key, text] of wanted) {
    const translated = other[key]
    if (translated === undefined) faults.push(`${key} is missing`)
    else if (translated.trim() === '') faults.push(`${key} is empty`)
    else if (placeholders(translated) !== placeholders(text))
      faults.push(`${key} has not the placeholders of: ${text}`)
    else if (translated === text && language !== 'en' && !isSame(language, text))
      faults.push(`${key} is not translated: ${text}`)
  }
  return faults
}

/** Whether the text has no letters outside placeholders, or is the same in the language. */
function isSame(language: Language, text: string): boolean {
  const words = text.replace(/\{\w+\}/g, '')
  return !/\p{L}/u.test(words) || sameEverywhere.has(text) || (sameIn[language]?.has(text) ?? false)
}
