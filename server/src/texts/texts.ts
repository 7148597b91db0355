/**
 * The texts of the server's pages and the phrases of mails: one catalogue for each language, read when a page or a mail first
 * needs it. The keys and placeholders are those of `en.json`.
 */
import type { Language } from '../html/language.ts'
import { ownFile } from '../runtime/own-files.ts'
import type english from './en.json'

export type Texts = typeof english

const loaded = new Map<Language, Texts>()

export function textsIn(language: Language): Texts {
  const found = loaded.get(language)
  if (found) return found
  const texts: Texts = JSON.parse(ownFile(`server/src/texts/${language}.json`).toString('utf8'))
  loaded.set(language, texts)
  return texts
}

/** Replaces placeholders such as `{name}`; those without a value stay. */
export function filled(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (placeholder, name: string) => values[name] ?? placeholder)
}
