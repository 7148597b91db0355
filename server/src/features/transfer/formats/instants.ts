import { instant } from '../../../clock.ts'

const shape =
  /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?\s*(?:([Zz]|UTC|GMT)|([+-])(\d\d)(?::?(\d\d))?)?)?$/

/** Numbers below this are seconds since the epoch, the others milliseconds. */
const firstMillisecond = 1e11

/**
 * The instant in RFC 3339 UTC with milliseconds: of RFC 3339 and ISO 8601 texts, PostgreSQL's spelling, and seconds or
 * milliseconds since the epoch. A text without zone is taken as UTC, a day as its midnight. Undefined when it is none.
 */
export function instantOf(value: unknown): string | undefined {
  if (typeof value === 'number') return ofNumber(value)
  if (typeof value !== 'string') return undefined
  if (isCanonical(value)) return value
  const text = value.trim()
  if (/^\d{9,13}(\.\d+)?$/.test(text)) return ofNumber(Number(text))
  const match = shape.exec(text)
  return match === null ? undefined : ofParts(match)
}

/** Spelled as we do, and a day of the calendar. */
function isCanonical(text: string): boolean {
  if (text.length !== 24 || text[23] !== 'Z' || text[0] === '0') return false
  const ms = Date.parse(text)
  return !Number.isNaN(ms) && instant(ms) === text
}

function ofNumber(value: number): string | undefined {
  const ms = Math.abs(value) < firstMillisecond ? value * 1000 : value
  return inRange(Math.trunc(ms))
}

function ofParts([
  ,
  year,
  month,
  day,
  hour = '0',
  minute = '0',
  second = '0',
  fraction = '',
  ,
  sign,
  zoneHour,
  zoneMinute = '0',
]: (string | undefined)[]): string | undefined {
  const daysInMonth = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()
  const isDay =
    Number(year) >= 1000 &&
    Number(month) >= 1 &&
    Number(month) <= 12 &&
    Number(day) >= 1 &&
    Number(day) <= daysInMonth
  const isTime = Number(hour) <= 23 && Number(minute) <= 59 && Number(second) <= 59
  const isZone = Number(zoneHour ?? 0) <= 23 && Number(zoneMinute) <= 59
  if (!isDay || !isTime || !isZone) return undefined
  const local = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
    Number(fraction.padEnd(3, '0').slice(0, 3)),
  )
  const offsetMs = (Number(zoneHour ?? 0) * 60 + Number(zoneMinute)) * 60_000
  return inRange(sign === '-' ? local + offsetMs : local - offsetMs)
}

/** From the year 1000 to the year 9999; earlier and later ones stand for something else. */
function inRange(ms: number): string | undefined {
  return ms >= -30_610_224_000_000 && ms <= 253_402_300_799_999 ? instant(ms) : undefined
}
