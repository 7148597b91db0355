/** Times in the language and time zone of the user. */
import { currentLanguage } from './text.ts'

// Creating a format takes much longer than using it, and a list has a hundred times.
const made = new Map<string, unknown>()

function kept<Format>(name: string, make: (tag: string) => Format): Format {
  const key = `${name} ${currentLanguage()}`
  const found = (made.get(key) as Format | undefined) ?? make(locale())
  made.set(key, found)
  return found
}

/** The locale of the user for the language of the page: `en-GB` is not `en-US`. */
function locale(): string {
  const language = currentLanguage()
  const own = navigator.languages.find((tag) => tag.split('-')[0] === language)
  try {
    return Intl.getCanonicalLocales(own)[0] ?? language
  } catch {
    // Some systems have locales that are not language tags, such as `en-US@posix`.
    return language
  }
}

const units = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const

/** Such as "4 minutes ago"; a date when it is more than a week away. */
export function relative(instant: string, now = Date.now()): string {
  const seconds = (Date.parse(instant) - now) / 1000
  if (Math.abs(seconds) > 7 * 86_400) return date(instant)
  const format = kept(
    'relative',
    (tag) => new Intl.RelativeTimeFormat(tag, { numeric: 'auto', style: 'short' }),
  )
  for (const [unit, size] of units)
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit)
  return format.format(0, 'second')
}

export function date(instant: string): string {
  const format = kept('date', (tag) => new Intl.DateTimeFormat(tag, { dateStyle: 'medium' }))
  return format.format(new Date(instant))
}

/** A UTC day, such as `2026-11-29`, in the format of the user. */
export function day(text: string): string {
  const format = kept(
    'day',
    (tag) => new Intl.DateTimeFormat(tag, { day: 'numeric', month: 'short', timeZone: 'UTC' }),
  )
  return text === '' ? '' : format.format(new Date(text))
}

export function dateTime(instant: string): string {
  const format = kept(
    'dateTime',
    (tag) => new Intl.DateTimeFormat(tag, { dateStyle: 'medium', timeStyle: 'medium' }),
  )
  return format.format(new Date(instant))
}
