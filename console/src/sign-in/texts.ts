/** The texts of the sign-in page. English is part of the page; another language is loaded when it is wanted. */
import type { Language } from '../text/language.ts'
import en from './text/en.json'

export type Texts = typeof en

const catalogues: Record<Exclude<Language, 'en'>, () => Promise<{ default: Partial<Texts> }>> = {
  de: () => import('./text/de.json'),
  fr: () => import('./text/fr.json'),
  es: () => import('./text/es.json'),
  pt: () => import('./text/pt.json'),
  it: () => import('./text/it.json'),
  pl: () => import('./text/pl.json'),
  ja: () => import('./text/ja.json'),
}

/** Texts that the language lacks are in English; so are all of them if they cannot be loaded. */
export async function textsIn(language: Language): Promise<Texts> {
  if (language === 'en') return en
  const loaded = await catalogues[language]().catch(() => ({ default: {} }))
  return { ...en, ...loaded.default }
}
