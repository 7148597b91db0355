import { isJsonObject } from '../../../encoding/json-object.ts'
import { compareCodePoints } from '../names/text.ts'
import type { User } from '../user.ts'
import {
  type ComparisonOp,
  canonicalText,
  type Filter,
  type FilterComparison,
  type FilterField,
  type FilterFieldName,
  type FilterValue,
  filterFields,
  isJsonField,
  type JsonField,
} from './filter.ts'

export type FilteredUser = Pick<User, FilterFieldName | JsonField['name']>

/**
 * Whether the user matches the filter. This function is the reference for the SQL; `filter.ts` defines the operators.
 */
export function evaluateFilter(filter: Filter, user: FilteredUser): boolean {
  switch (filter.op) {
    case 'and':
      return filter.items.every((item) => evaluateFilter(item, user))
    case 'or':
      return filter.items.some((item) => evaluateFilter(item, user))
    case 'not':
      return !evaluateFilter(filter.item, user)
    case 'pr':
      return valuesOf(filter.field, user).some((value) => value !== '')
    default:
      return compare(filter, user)
  }
}

function compare({ op, field, value }: FilterComparison, user: FilteredUser): boolean {
  return valuesOf(field, user).some((actual) => holds(op, actual, value))
}

/** The values of a field in canonical form; none when it has no value. */
function valuesOf(field: FilterField, user: FilteredUser): unknown[] {
  if (isJsonField(field)) {
    const value = memberAt(user[field.name], field.path)
    return Array.isArray(value) ? value.flatMap(present) : present(value)
  }
  if (field.name === 'roles') return [...user.roles]
  const value = user[field.name]
  if (typeof value === 'string' && filterFields[field.name].kind === 'text')
    return [canonicalText(field.name, value)]
  return present(value)
}

function present(value: unknown): unknown[] {
  return value === null || value === undefined ? [] : [value]
}

function memberAt(object: unknown, path: string[]): unknown {
  let value = object
  for (const name of path) {
    if (!isJsonObject(value) || !Object.hasOwn(value, name)) return undefined
    value = value[name]
  }
  return value
}

function holds(op: ComparisonOp, actual: unknown, value: FilterValue): boolean {
  if (typeof actual === 'string' && typeof value === 'string') return holdsForText(op, actual, value)
  if (typeof actual === 'number' && typeof value === 'number') return holdsForOrder(op, actual - value)
  return op === 'eq' && actual === value
}

function holdsForText(op: ComparisonOp, actual: string, value: string): boolean {
  switch (op) {
    case 'co':
      return actual.includes(value)
    case 'sw':
      return actual.startsWith(value)
    case 'ew':
      return actual.endsWith(value)
    default:
      return holdsForOrder(op, compareCodePoints(actual, value))
  }
}

function holdsForOrder(op: ComparisonOp, order: number): boolean {
  switch (op) {
    case 'eq':
      return order === 0
    case 'gt':
      return order > 0
    case 'ge':
      return order >= 0
    case 'lt':
      return order < 0
    case 'le':
      return order <= 0
    default:
      return false
  }
}
