import { instant } from '../../../clock.ts'

/** Which number of a date such as 3/4/2024 is the day. */
export type DayOrder = 'day first' | 'month first'

const time =
  /(?:[Tt ,]+(?:um |à |a las )?(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*([AaPp]\.?[Mm]\.?)?\s*(?:([Zz]|UTC|GMT)|([+-])(\d\d)(?::?(\d\d))?)?)?$/
const dates = {
  year: new RegExp(`^(\\d{4})[-/.年](\\d{1,2})[-/.月](\\d{1,2})日?${time.source}`),
  /** In dates with dots, the day is first. */
  dots: new RegExp(`^(\\d{1,2})\\.\\s?(\\d{1,2})\\.\\s?(\\d{4}|\\d{2})${time.source}`),
  either: new RegExp(`^(\\d{1,2})[/-](\\d{1,2})[/-](\\d{4}|\\d{2})${time.source}`),
  /** `20240105T103000Z`, `20240105103000.0Z` of LDAP, `20240105` */
  compact: /^((?:19|20|21)\d\d)(\d\d)(\d\d)(?:[T ]?(\d\d)(\d\d)(?:(\d\d)(?:\.\d+)?)?Z?)?$/,
  /** `/Date(1705312800000+0100)/` of .NET, which counts milliseconds in UTC. */
  dotNet: /^\/Date\((-?\d+)(?:[+-]\d{4})?\)\/$/,
  /** Excel counts days. */
  serial: /^[2-7]\d{4}(?:\.\d+)?$/,
  /** `Mon Jan 15 10:00:00 UTC 2024` */
  unix: /^(?:[A-Z][a-z]{2} )?([A-Z][a-z]{2} +\d{1,2}) (\d\d:\d\d:\d\d)(?: (UTC|GMT|[+-]\d{4}))? (\d{4})$/,
  /** `Mon, 15 Jan 2024 10:30:00 GMT`, `15-Jan-2024`, `5 January 2024` */
  words: new RegExp(`^(?:[A-Z][a-z]+,? )?(\\d{1,2})[ -]([A-Z][a-z]{2,8})\\.?[ -](\\d{4})${time.source}`),
  /** `Jan 5, 2024`, `January 5 2024 3:04 PM` */
  american: new RegExp(`^(?:[A-Z][a-z]+,? )?([A-Z][a-z]{2,8})\\.? (\\d{1,2}),? (\\d{4})${time.source}`),
}
const months = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October'],
  ...['November', 'December'],
]
const monthOf = (word: string | undefined) =>
  String(
    months.findIndex(
      (month) => month === word || month.slice(0, 3) === word || (word === 'Sept' && month === 'September'),
    ) + 1,
  )

/** Numbers below these limits are seconds and milliseconds since the epoch, larger ones microseconds. */
const firstMillisecond = 1e11
const firstMicrosecond = 1e14

/** From the first day of Excel's calendar to 1970. */
const daysBeforeEpoch = 25_569

/**
 * The instant in RFC 3339 UTC with milliseconds, from RFC 3339 and ISO 8601 texts, formats of databases and spreadsheets,
 * and seconds or milliseconds since the epoch. A text without a zone is UTC, a day its midnight. Undefined for other
 * texts, or if `order` is needed and unknown.
 */
export function instantOf(value: unknown, order?: DayOrder): string | undefined {
  if (typeof value === 'number') return ofCompact(String(value)) ?? ofNumber(value)
  if (typeof value !== 'string') return undefined
  if (isCanonical(value)) return value
  const text = value
    .trim()
    .replace(/GMT(?=[+-]\d)| \([^)]*\)$/g, '')
    .replace(dates.unix, '$1 $4 $2 $3')
    .trim()
  const compact = ofCompact(text)
  if (compact !== undefined) return compact
  if (/^\d{9,16}(\.\d+)?$/.test(text)) return ofNumber(Number(text))
  if (dates.serial.test(text)) return inRange(Math.round((Number(text) - daysBeforeEpoch) * 86_400_000))
  const [, sinceEpoch] = dates.dotNet.exec(text) ?? []
  if (sinceEpoch !== undefined) return inRange(Number(sinceEpoch))
  const [, year, month, day, ...rest] = dates.year.exec(text) ?? []
  if (year !== undefined) return ofParts([year, month, day], rest)
  const dotted = dates.dots.exec(text)
  if (dotted) return ofParts([dotted[3], dotted[2], dotted[1]], dotted.slice(4))
  const spelled = dates.words.exec(text)
  if (spelled) return ofParts([spelled[3], monthOf(spelled[2]), spelled[1]], spelled.slice(4))
  const american = dates.american.exec(text)
  if (american) return ofParts([american[3], monthOf(american[1]), american[2]], american.slice(4))
  const [, first, second, last, ...clock] = dates.either.exec(text) ?? []
  if (order === undefined || first === undefined) return undefined
  return ofParts(order === 'day first' ? [last, second, first] : [last, first, second], clock)
}

/** Twelve digits could also be milliseconds. */
function ofCompact(text: string): string | undefined {
  const [, ...parts] = /^\d{12}$/.test(text) ? [] : (dates.compact.exec(text) ?? [])
  return parts[0] === undefined ? undefined : ofParts(parts.slice(0, 3), [parts[3], parts[4], parts[5]])
}

/** Whether the day of the date may be the first or the second number. */
export function isDayOrMonthFirst(value: unknown): boolean {
  return typeof value === 'string' && dates.either.test(value.trim())
}

/** The order of such a date, if one of its numbers cannot be a month. */
export function dayOrderOf(value: unknown): DayOrder | undefined {
  const match = typeof value === 'string' ? dates.either.exec(value.trim()) : null
  if (match === null) return undefined
  const [first, second] = [Number(match[1]), Number(match[2])]
  if (first > 12 && second <= 12) return 'day first'
  return second > 12 && first <= 12 ? 'month first' : undefined
}

/** Whether the text has our format and is a real day. */
function isCanonical(text: string): boolean {
  if (text.length !== 24 || text[23] !== 'Z' || text[0] === '0') return false
  const ms = Date.parse(text)
  return !Number.isNaN(ms) && instant(ms) === text
}

function ofNumber(value: number): string | undefined {
  const size = Math.abs(value)
  const ms = size < firstMillisecond ? value * 1000 : size < firstMicrosecond ? value : value / 1000
  return inRange(Math.trunc(ms))
}

/** Windows counts tenths of a microsecond since 1601, in 18 digits: `lastLogonTimestamp` of Active Directory. */
export function instantOfFileTime(value: unknown): string | undefined {
  if (typeof value !== 'string' || !/^1[1-9]\d{16}$/.test(value.trim())) return undefined
  return inRange(Number(BigInt(value.trim()) / 10_000n) - 11_644_473_600_000)
}

type Part = string | undefined

/** A two-digit year is in the last or the next decades. */
function wholeYear(year: Part): Part {
  return year?.length === 2 ? `${Number(year) < 70 ? '20' : '19'}${year}` : year
}

function ofParts([shortYear, month, day]: Part[], clock: Part[]): string | undefined {
  const year = wholeYear(shortYear)
  const [
    hourText = '0',
    minute = '0',
    second = '0',
    fraction = '',
    half,
    ,
    sign,
    zoneHour,
    zoneMinute = '0',
  ] = clock
  const daysInMonth = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()
  const isDay =
    Number(year) >= 1000 &&
    Number(month) >= 1 &&
    Number(month) <= 12 &&
    Number(day) >= 1 &&
    Number(day) <= daysInMonth
  const hour = half === undefined ? Number(hourText) : hourOfHalf(Number(hourText), half)
  const isTime = hour <= 23 && Number(minute) <= 59 && Number(second) <= 59
  const isZone = Number(zoneHour ?? 0) <= 23 && Number(zoneMinute) <= 59
  if (!isDay || !isTime || !isZone) return undefined
  const local = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    hour,
    Number(minute),
    Number(second),
    Number(fraction.padEnd(3, '0').slice(0, 3)),
  )
  const offsetMs = (Number(zoneHour ?? 0) * 60 + Number(zoneMinute)) * 60_000
  return inRange(sign === '-' ? local + offsetMs : local - offsetMs)
}

/** 12 AM is midnight, 12 PM noon; there is no 13 PM. */
function hourOfHalf(hour: number, half: string): number {
  if (hour < 1 || hour > 12) return Number.NaN
  return (hour % 12) + (/^p/i.test(half) ? 12 : 0)
}

/** Years from 1000 to 9999; others are placeholders. */
function inRange(ms: number): string | undefined {
  return ms >= -30_610_224_000_000 && ms <= 253_402_300_799_999 ? instant(ms) : undefined
}
