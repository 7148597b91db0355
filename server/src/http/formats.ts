/** The string formats that schemas may name. */
import { Format } from 'typebox/format'
import { instant } from '../clock.ts'
import { isUuid } from './access.ts'

const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/

/** An RFC 3339 instant as UTC text with milliseconds; undefined for what is none, or lies outside the years 1 to 9999. */
export function readInstant(text: string): string | undefined {
  const match = rfc3339.exec(text)
  if (!match) return undefined
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const isDate = month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month)
  if (!isDate || hour > 23 || minute > 59 || second > 59) return undefined
  const ms = Date.parse(text)
  if (Number.isNaN(ms)) return undefined
  const read = instant(ms)
  return read.length === 24 && !read.startsWith('0000') ? read : undefined
}

function daysIn(year: number, month: number): number {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  return month === 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31
}

/** Replaces the formats of TypeBox by ours. */
export function registerFormats(): void {
  Format.Set('date-time', (text) => readInstant(text) !== undefined)
  Format.Set('uuid', isUuid)
}
