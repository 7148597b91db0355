/** The languages of mails and pages, and the language of a page that the service renders. */

import { keysOf } from '../encoding/keys.ts'

/** Each language in its own words. `console/src/text/language.ts` has the same list. */
export const languageNames = {
  en: 'English',
  de: 'Deutsch',
  fr: 'Français',
  es: 'Español',
  pt: 'Português',
  it: 'Italiano',
  pl: 'Polski',
  ja: '日本語',
} as const
export type Language = keyof typeof languageNames
export const languages: readonly Language[] = keysOf(languageNames)

/** The language that the user has chosen, if it is supported. */
export function languageOfUser(locale: string | null | undefined): Language | undefined {
  const wanted = locale?.toLowerCase().split('-')[0]
  return languages.find((language) => language === wanted)
}

/** @param wanted language tags in order, such as `ui_locales` or `Accept-Language`; quality values are respected */
export function languageOf(...wanted: readonly (string | null | undefined)[]): Language {
  for (const text of wanted) {
    const tags = (text ?? '')
      .slice(0, 500)
      .split(/[,\s]+(?!q=)/)
      .map((part) => {
        const [tag = '', quality] = part.split(/;\s*q=/)
        return { tag: tag.trim().toLowerCase(), quality: quality === undefined ? 1 : Number(quality) }
      })
      .filter(({ quality }) => quality > 0)
      .sort((a, b) => b.quality - a.quality)
    for (const { tag } of tags) {
      const found = languages.find((language) => tag === language || tag.startsWith(`${language}-`))
      if (found) return found
    }
  }
  return 'en'
}
