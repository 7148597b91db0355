/** Instants in requests (RFC 3339 with a zone) and in the database (UTC with milliseconds). */

const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|[+-](\d\d):(\d\d))$/i

/**
 * The instant in UTC with milliseconds. Undefined when the text is not RFC 3339 with a zone, is not a real day or time,
 * or is outside of the years 0001–9999, which PostgreSQL and four digits can hold. Smaller fractions are truncated.
 */
export function canonicalInstant(text: string): string | undefined {
  const match = rfc3339.exec(text)
  if (!match) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number)
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined
  if (hour > 23 || minute > 59 || second > 59) return undefined
  if (Number(match[8] ?? 0) > 23 || Number(match[9] ?? 0) > 59) return undefined
  const milliseconds = (match[7] ?? '').slice(0, 3).padEnd(3, '0')
  const zone = match[8] === undefined ? 'Z' : text.slice(-6)
  const instant = new Date(`${text.slice(0, 10)}T${text.slice(11, 19)}.${milliseconds}${zone}`).toISOString()
  return /^(?!0000)\d{4}-/.test(instant) ? instant : undefined
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}
