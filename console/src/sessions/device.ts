/** The browser and the system in a `User-Agent`, if they are known. */

const browsers = [
  ['Edg/', 'Edge'],
  ['OPR/', 'Opera'],
  ['Firefox/', 'Firefox'],
  ['FxiOS/', 'Firefox'],
  ['CriOS/', 'Chrome'],
  ['Chrome/', 'Chrome'],
  ['Safari/', 'Safari'],
  ['curl/', 'curl'],
] as const
const systems = [
  ['iPhone', 'iPhone'],
  ['iPad', 'iPad'],
  ['Android', 'Android'],
  ['Windows', 'Windows'],
  ['Mac OS X', 'macOS'],
  ['CrOS', 'ChromeOS'],
  ['Linux', 'Linux'],
] as const

export function deviceOf(userAgent: string | null): { name: string | null; isPhone: boolean } {
  const find = (known: readonly (readonly [string, string])[]) =>
    known.find(([mark]) => userAgent?.includes(mark))?.[1]
  const [browser, system] = [find(browsers), find(systems)]
  const name = browser && system ? `${browser} · ${system}` : (browser ?? system ?? userAgent?.slice(0, 40))
  return { name: name ?? null, isPhone: /iPhone|Android/.test(userAgent ?? '') }
}
