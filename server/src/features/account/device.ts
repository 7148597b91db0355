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

/** A readable `User-Agent`: `Firefox on Windows`; for an unknown program its first word. */
export function describeDevice(userAgent: string | null): string {
  if (userAgent === null || userAgent.trim() === '') return 'an unknown program'
  const program =
    programs.find(([, pattern]) => pattern.test(userAgent))?.[0] ?? userAgent.trim().split(/[\s/]/)[0]!
  const system = systems.find(([, pattern]) => pattern.test(userAgent))?.[0]
  return system === undefined ? program : `${program} on ${system}`
}
