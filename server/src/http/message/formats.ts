/** The string formats that schemas may name. */
import { Format } from 'typebox/format'
import { canonicalInstant } from '../../encoding/instant.ts'
import { isUuid } from '../admission/access.ts'

/** An RFC 3339 instant as UTC text with milliseconds; undefined for other texts. `T` and `Z` must be upper case. */
export function readInstant(text: string): string | undefined {
  return /[tz]/.test(text) ? undefined : canonicalInstant(text)
}

/** Replaces the formats of TypeBox with ours. */
export function registerFormats(): void {
  Format.Set('date-time', (text) => readInstant(text) !== undefined)
  Format.Set('uuid', isUuid)
}
