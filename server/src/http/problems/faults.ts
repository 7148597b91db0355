/** Converts faults of a schema to faults of the API. */
import type { TLocalizedValidationError } from 'typebox/error'
import type { JsonObject } from '../../encoding/json-object.ts'
import type { Fault } from '../../errors.ts'
import { pointerToken } from '../message/strict-json.ts'

type SchemaError = Pick<TLocalizedValidationError, 'keyword' | 'schemaPath' | 'instancePath'> & {
  params: object
}

const maxPointer = 256

const paramsOf = (error: SchemaError): JsonObject => ({ ...error.params })
const listIn = (error: SchemaError, name: string): string[] =>
  [paramsOf(error)[name] ?? []].flat().map(String)

/** One fault for each invalid member of `value`; `unknown` is the code for unknown members. */
export function faultsOf(
  errors: readonly SchemaError[],
  unknown: 'unknown_field' | 'unknown_parameter',
  value?: unknown,
): Fault[] {
  const faults = new Map<string, Fault>()
  for (const error of withoutConstants(withoutBranches(errors))) {
    for (const fault of describe(error, unknown)) {
      const pointer = fault.pointer.length <= maxPointer ? fault.pointer : parentOf(fault.pointer)
      if (!faults.has(`${pointer} ${fault.code}`))
        faults.set(`${pointer} ${fault.code}`, {
          ...fault,
          ...(isEmptyAt(value, error.instancePath) && { detail: 'Must not be empty.' }),
          pointer,
        })
    }
  }
  return [...faults.values()]
}

/** Whether the text at the pointer is empty. */
function isEmptyAt(value: unknown, pointer: string): boolean {
  let found = value
  for (const token of pointer.split('/').slice(1)) {
    if (typeof found !== 'object' || found === null) return false
    found = Reflect.get(found, token.replaceAll('~1', '/').replaceAll('~0', '~'))
  }
  return found === ''
}

/** The nearest ancestor whose pointer is short enough, for very long names. */
function parentOf(pointer: string): string {
  let parent = pointer
  while (parent.length > maxPointer) parent = parent.slice(0, parent.lastIndexOf('/'))
  return parent
}

/** Replaces the faults of all branches of a union with those of the best branch. */
function withoutBranches(errors: readonly SchemaError[]): SchemaError[] {
  let kept = [...errors]
  for (const union of errors.filter((error) => error.keyword === 'anyOf' || error.keyword === 'oneOf')) {
    const prefix = `${union.schemaPath}/${union.keyword}/`
    const inside = kept.filter((error) => error.schemaPath.startsWith(prefix))
    kept = kept.filter((error) => error !== union && !error.schemaPath.startsWith(prefix))
    kept.push(...bestBranch(union, inside, prefix))
  }
  return kept
}

function bestBranch(union: SchemaError, inside: readonly SchemaError[], prefix: string): SchemaError[] {
  const branches = Map.groupBy(inside, (error) => error.schemaPath.slice(prefix.length).split('/')[0])
  const isTypeError = (error: SchemaError) =>
    error.keyword === 'type' && error.instancePath === union.instancePath
  const fitting = [...branches.values()].filter((branch) => !branch.some(isTypeError))
  if (fitting.length === 0) {
    const types = inside.filter(isTypeError).flatMap((error) => listIn(error, 'type'))
    return [{ ...union, keyword: 'type', params: { type: [...new Set(types)] } }]
  }
  const constants = fitting.flat().filter((error) => error.keyword === 'const')
  if (constants.length === fitting.flat().length) {
    const allowedValues = constants.map((error) => paramsOf(error)['allowedValue'])
    return [{ ...union, keyword: 'enum', params: { allowedValues } }]
  }
  return fitting[0]!
}

/** If several constants fail at one place, the list of values is incomplete, because the validator stops early. */
function withoutConstants(errors: readonly SchemaError[]): SchemaError[] {
  const constants = errors.filter((error) => error.keyword === 'const')
  const byPlace = Map.groupBy(constants, (error) => error.instancePath)
  return errors.map((error) =>
    error.keyword === 'const' && byPlace.get(error.instancePath)!.length > 1
      ? { ...error, keyword: 'enum', params: {} }
      : error,
  )
}

type Describe = (params: Record<string, unknown>) => [code: string, detail: string]

const table: Readonly<Record<string, Describe>> = {
  type: (params) => ['invalid_type', `Must be ${typeNames(params['type'])}.`],
  maxLength: (params) => ['too_long', `Must have at most ${counted(params['limit'], 'character')}.`],
  minLength: ({ limit }) => [
    'too_short',
    limit === 1 ? 'Must not be empty.' : `Must have at least ${counted(limit, 'character')}.`,
  ],
  pattern: () => ['invalid_format', 'Does not have the required form.'],
  format: (params) => [
    'invalid_format',
    `Is not a valid ${formatNames[String(params['format'])] ?? 'value'}.`,
  ],
  enum: ({ allowedValues }) => [
    'invalid_value',
    allowedValues === undefined
      ? 'Is not one of the values that the reference at /docs lists.'
      : `Must be one of: ${listed(allowedValues)}.`,
  ],
  const: (params) => ['invalid_value', `Must be ${JSON.stringify(params['allowedValue'])}.`],
  minimum: (params) => ['out_of_range', `Must be at least ${params['limit']}.`],
  maximum: (params) => ['out_of_range', `Must be at most ${params['limit']}.`],
  exclusiveMinimum: (params) => ['out_of_range', `Must be more than ${params['limit']}.`],
  exclusiveMaximum: (params) => ['out_of_range', `Must be less than ${params['limit']}.`],
  minItems: (params) => ['too_few_items', `Must have at least ${counted(params['limit'], 'item')}.`],
  maxItems: (params) => ['too_many_items', `Must have at most ${counted(params['limit'], 'item')}.`],
  uniqueItems: () => ['duplicate_items', 'Has the same item twice.'],
  minProperties: (params) => ['too_few_members', `Must have at least ${counted(params['limit'], 'member')}.`],
  maxProperties: (params) => ['too_many_members', `Must have at most ${counted(params['limit'], 'member')}.`],
}

const formatNames: Readonly<Record<string, string>> = {
  'date-time': 'instant (RFC 3339, with a time zone)',
  email: 'e-mail address',
  uuid: 'UUID',
  uri: 'URI',
}

function describe(error: SchemaError, unknown: string): Fault[] {
  const params = paramsOf(error)
  const below = (name: string) => `${error.instancePath}/${pointerToken(name)}`
  if (error.keyword === 'required') {
    const names = listIn(error, 'requiredProperties')
    return names.map((name) => ({ pointer: below(name), code: 'required', detail: 'Is required.' }))
  }
  if (error.keyword === 'additionalProperties') {
    const names = listIn(error, 'additionalProperties')
    return names.map((name) => ({ pointer: below(name), code: unknown, detail: unknownDetail[unknown]! }))
  }
  if (error.keyword === 'boolean') {
    return [{ pointer: error.instancePath, code: unknown, detail: unknownDetail[unknown]! }]
  }
  const [code, detail] = table[error.keyword]?.(params) ?? ['invalid_value', 'Does not fit.']
  return [{ pointer: error.instancePath, code, detail }]
}

const unknownDetail: Readonly<Record<string, string>> = {
  unknown_field: 'Is not a field that can be sent here.',
  unknown_parameter: 'There is no such parameter.',
}

/** Such as `1 item` and `3 items`. */
function counted(count: unknown, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function typeNames(types: unknown): string {
  const names = [types]
    .flat()
    .map((type) => (type === 'null' ? 'null' : `${/^[aeiou]/.test(String(type)) ? 'an' : 'a'} ${type}`))
  return names.join(' or ')
}

function listed(values: unknown): string {
  return [values]
    .flat()
    .map((value) => JSON.stringify(value))
    .join(', ')
}
