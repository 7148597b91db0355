/** The reader's language and theme, chosen once and kept in this browser. */

export const languages = { en: 'English', de: 'Deutsch' } as const
export type Language = keyof typeof languages
export type Theme = 'system' | 'light' | 'dark'

const languageKey = 'roster-language'
const themeKey = 'roster-theme'

export function readLanguage(): Language {
  const wanted = [stored(languageKey), ...navigator.languages]
  for (const tag of wanted) {
    const language = tag?.slice(0, 2).toLowerCase()
    if (language && language in languages) return language as Language
  }
  return 'en'
}

export function keepLanguage(language: Language): void {
  store(languageKey, language)
  document.documentElement.lang = language
}

export function readTheme(): Theme {
  const theme = stored(themeKey)
  return theme === 'light' || theme === 'dark' ? theme : 'system'
}

export function keepTheme(theme: Theme): void {
  store(themeKey, theme)
  applyTheme(theme)
}

export function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
}

/** Storage may be switched off; then nothing is remembered. */
function stored(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

function store(key: string, value: string): void {
  try {
    localStorage.setItem(key, value)
  } catch {
    // Not remembered.
  }
}
