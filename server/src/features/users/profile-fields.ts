/** The rules for the fields that describe a user: names, the external id, metadata. */
import { isJsonObject } from '../../json-object.ts'
import { faultOfText, type TextFault } from './names/text.ts'

type FieldFault = { pointer: string; code: string; detail: string }

const maxMetadataBytes = 16 * 1024
const maxMetadataDepth = 16
const maxFaults = 50

/** What is wrong with a first or last name: 1–100 code points on one line that say what they show. */
export function faultOfName(value: string): TextFault | undefined {
  return faultOfText(value, { min: 1, max: 100, shown: true })
}

/** What is wrong with an external id: 1–255 code points, compared exactly as given. */
export function faultOfExternalId(value: string): TextFault | undefined {
  return faultOfText(value, { min: 1, max: 255, shown: true })
}

/**
 * Everything wrong with metadata, at most 50 faults with pointers below `pointer`. It is a JSON object of at most 16 KiB
 * in compact form and 16 levels, itself included. Texts and names in it may have controls except NUL, which PostgreSQL
 * cannot keep; a member `__proto__` is refused.
 */
export function faultsOfMetadata(value: unknown, pointer = '/metadata'): FieldFault[] {
  if (!isJsonObject(value)) {
    return [{ pointer, code: 'wrong_type', detail: 'Metadata is a JSON object.' }]
  }
  const faults: FieldFault[] = []
  collectFaults(value, pointer, 1, faults)
  // Measured only once the depth is known to be small: JSON.stringify recurses.
  if (faults.length === 0 && Buffer.byteLength(JSON.stringify(value)) > maxMetadataBytes) {
    faults.push({ pointer, code: 'too_long', detail: 'Metadata may have at most 16 KiB of JSON.' })
  }
  return faults
}

function collectFaults(value: unknown, pointer: string, depth: number, faults: FieldFault[]): void {
  if (faults.length >= maxFaults) return
  if (typeof value === 'object' && value !== null) {
    if (depth > maxMetadataDepth) {
      const detail = `Metadata may be nested at most ${maxMetadataDepth} levels deep.`
      faults.push({ pointer, code: 'too_deep', detail })
      return
    }
    for (const [name, member] of Object.entries(value)) {
      const below = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
      const fault = Array.isArray(value) ? undefined : faultOfMemberName(name)
      // The pointer stops at the object when the name itself cannot be shown.
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
  if (name === '__proto__')
    return { code: 'invalid_name', detail: 'A member of metadata may not be called __proto__.' }
  return faultOfStoredText(name)
}

function faultOfScalar(value: unknown): TextFault | undefined {
  if (typeof value === 'string') return faultOfStoredText(value)
  if (typeof value === 'number' && !Number.isFinite(value))
    return { code: 'out_of_range', detail: 'This number is too large.' }
  if (value === undefined) return { code: 'wrong_type', detail: 'Metadata is JSON.' }
  return undefined
}

function faultOfStoredText(value: string): TextFault | undefined {
  if (!value.isWellFormed())
    return { code: 'not_well_formed', detail: 'It has half a surrogate pair, which is not Unicode text.' }
  if (value.includes('\u0000')) return { code: 'control_character', detail: 'It has a NUL character.' }
  return undefined
}
