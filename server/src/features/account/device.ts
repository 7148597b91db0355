import { type Phrase, phraseIn } from '../../mail/phrases.ts'

const systems = [
  ['Android', /Android/],
  ['iPhone or iPad', /iPhone|iPad/],
  ['Windows', /Windows/],
  ['macOS', /Mac OS X|Macintosh/],
  ['ChromeOS', /CrOS/],
  ['Linux', /Linux|X11/],
] as const

const programs = [
  ['Edge', /\bEdgA?\//],
  ['Opera', /\bOPR\//],
  ['Samsung Internet', /SamsungBrowser\//],
  ['Firefox', /\b(?:Firefox|FxiOS)\//],
  ['Chrome', /\b(?:Chrome|CriOS)\//],
  ['Safari', /\bSafari\//],
] as const

/** A readable `User-Agent`, such as `Firefox on Windows`; for an unknown program its first word. */
export function deviceOf(userAgent: string | null): string | Phrase {
  if (userAgent === null || userAgent.trim() === '') return { key: 'unknown_program' }
  const program =
    programs.find(([, pattern]) => pattern.test(userAgent))?.[0] ?? userAgent.trim().split(/[\s/]/)[0]!
  const system = systems.find(([, pattern]) => pattern.test(userAgent))?.[0]
  return system === undefined ? program : { key: 'device', program, system }
}

/** The description of the device in English. */
export function describeDevice(userAgent: string): string {
  const device = deviceOf(userAgent)
  return typeof device === 'string' ? device : phraseIn('en', device)
}
