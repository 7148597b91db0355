/** The rules for the fields that describe a user: names, the external id, metadata, profile. */
import { isJsonObject } from '../../encoding/json-object.ts'
import { faultOfText, type TextFault } from './names/text.ts'

type FieldFault = { pointer: string; code: string; detail: string }

const maxBytes = 16 * 1024
const maxDepth = 16
const maxFaults = 50

/** The fault of a first or last name, which must have 1–100 visible code points on one line. */
export function faultOfName(value: string): TextFault | undefined {
  return faultOfText(value, { min: 1, max: 100, shown: true })
}

/** The fault of an external id, which must have 1–255 code points and is compared exactly. */
export function faultOfExternalId(value: string): TextFault | undefined {
  return faultOfText(value, { min: 1, max: 255, shown: true })
}

/** The fields that hold a JSON object: `metadata` is written by administrators, `profile` also by the user. */
type JsonField = 'metadata' | 'profile'

/**
 * The faults of such an object, at most 50, with pointers below its field. The object may have 16 KiB in compact form
 * and 16 levels, including the top level. Control characters are allowed, except NUL, which PostgreSQL cannot store. A
 * member `__proto__` is refused.
 */
export function faultsOfJson(field: JsonField, value: unknown): FieldFault[] {
  const pointer = `/${field}`
  if (!isJsonObject(value)) return [{ pointer, code: 'wrong_type', detail: `${field} is a JSON object.` }]
  const faults: FieldFault[] = []
  collectFaults(value, pointer, 1, faults)
  // The size is measured after the depth is checked, because JSON.stringify recurses.
  if (faults.length === 0 && Buffer.byteLength(JSON.stringify(value)) > maxBytes) {
    faults.push({ pointer, code: 'too_long', detail: `${field} may have at most 16 KiB of JSON.` })
  }
  return faults
}

function collectFaults(value: unknown, pointer: string, depth: number, faults: FieldFault[]): void {
  if (faults.length >= maxFaults) return
  if (typeof value === 'object' && value !== null) {
    if (depth > maxDepth) {
      const detail = `It may be nested at most ${maxDepth} levels deep.`
      faults.push({ pointer, code: 'too_deep', detail })
      return
    }
    for (const [name, member] of Object.entries(value)) {
      const below = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
      const fault = Array.isArray(value) ? undefined : faultOfMemberName(name)
      // The pointer names only the object if the name of the member cannot be shown.
      if (fault) addFault(faults, { pointer, ...fault })
      else collectFaults(member, below, depth + 1, faults)
    }
    return
  }
  const fault = faultOfScalar(value)
  if (fault) addFault(faults, { pointer, ...fault })
}

function addFault(faults: FieldFault[], fault: FieldFault): void {
  if (faults.length < maxFaults) faults.push(fault)
}

function faultOfMemberName(name: string): TextFault | undefined {
  if (name === '__proto__') return { code: 'invalid_name', detail: 'A member may not be called __proto__.' }
  return faultOfStoredText(name)
}

function faultOfScalar(value: unknown): TextFault | undefined {
  if (typeof value === 'string') return faultOfStoredText(value)
  if (typeof value === 'number' && !Number.isFinite(value))
    return { code: 'out_of_range', detail: 'This number is too large.' }
  if (value === undefined) return { code: 'wrong_type', detail: 'It is not JSON.' }
  return undefined
}

function faultOfStoredText(value: string): TextFault | undefined {
  if (!value.isWellFormed())
    return { code: 'not_well_formed', detail: 'It has half a surrogate pair, which is not Unicode text.' }
  if (value.includes('\u0000')) return { code: 'control_character', detail: 'It has a NUL character.' }
  return undefined
}
