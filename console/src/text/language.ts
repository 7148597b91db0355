/** The language and theme of the user, stored in this browser. */
import { read, write } from './storage.ts'

/** Each language in its own words. `server/src/html/language.ts` has the same list. */
export const languages = {
  en: 'English',
  de: 'Deutsch',
  fr: 'Français',
  es: 'Español',
  pt: 'Português',
  it: 'Italiano',
  pl: 'Polski',
  ja: '日本語',
} as const
export type Language = keyof typeof languages
export type Theme = 'system' | 'light' | 'dark'

const languageKey = 'roster-language'
const themeKey = 'roster-theme'

/** @param locale the locale in the account of the user, which has priority */
export function readLanguage(locale: string | null = null): Language {
  const wanted = [locale, read(languageKey), ...navigator.languages]
  for (const tag of wanted) {
    const language = tag?.slice(0, 2).toLowerCase()
    if (language && language in languages) return language as Language
  }
  return 'en'
}

export function keepLanguage(language: Language): void {
  write(languageKey, language)
  document.documentElement.lang = language
}

export function readTheme(): Theme {
  const theme = read(themeKey)
  return theme === 'light' || theme === 'dark' ? theme : 'system'
}

export function keepTheme(theme: Theme): void {
  write(themeKey, theme)
  applyTheme(theme)
}

export function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
}
