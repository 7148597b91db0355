/** The values that a field and operator accept, and their canonical form. */

import { canonicalInstant } from '../../../encoding/instant.ts'
import type { FilterLiteral, FilterOperator } from '../../../filter-grammar.ts'
import { faultOfText } from '../names/text.ts'
import {
  type ComparisonOp,
  canonicalFragment,
  canonicalText,
  comparisonOps,
  type Filter,
  type FilterField,
  type FilterValue,
  filterFields,
  isJsonField,
  negated,
} from './filter.ts'

/** A field under the name in the filter; `active` is SCIM's name for the status as a flag. */
export type Subject = { field: FilterField; active?: true }

export type Literal = FilterLiteral

export type Mismatch = { code: 'invalid_operator' | 'invalid_value'; detail: string }

export function presence({ field }: Subject): Filter {
  return { op: 'pr', field }
}

/**
 * The expression in normal form, or its fault. The detail of a fault is a sentence without a full stop, to which the
 * position is added.
 */
export function comparison(subject: Subject, operator: FilterOperator, literal: Literal): Filter | Mismatch {
  const op = operator === 'ne' ? 'eq' : operator
  const kind = kindOf(subject.field)
  if (!comparisonOps[kind].includes(op))
    return mismatch('invalid_operator', `${described(subject)} cannot be compared with ${op}`)
  const filter = literal === null ? absence(subject, op) : equalOrOrdered(subject, op, literal)
  return 'code' in filter || operator !== 'ne' ? filter : negated(filter)
}

function absence(subject: Subject, op: ComparisonOp): Filter | Mismatch {
  return op === 'eq'
    ? negated(presence(subject))
    : mismatch('invalid_value', `null cannot be compared with ${op}`)
}

function equalOrOrdered(
  subject: Subject,
  op: ComparisonOp,
  literal: string | number | boolean,
): Filter | Mismatch {
  const value = subject.active ? statusOfFlag(literal) : canonicalValue(subject.field, op, literal)
  return typeof value === 'object' ? value : { op, field: subject.field, value }
}

function statusOfFlag(literal: string | number | boolean): FilterValue | Mismatch {
  if (typeof literal !== 'boolean') return mismatch('invalid_value', 'active is compared with true or false')
  return literal ? 'active' : 'disabled'
}

function canonicalValue(
  field: FilterField,
  op: ComparisonOp,
  literal: string | number | boolean,
): FilterValue | Mismatch {
  if (typeof literal === 'string') {
    const fault = faultOfText(literal)
    if (fault)
      return mismatch('invalid_value', 'A text may have no control characters and no half surrogate pairs')
  }
  if (isJsonField(field)) return jsonValue(op, literal)
  const kind = filterFields[field.name].kind
  if (kind === 'flag') {
    return typeof literal === 'boolean'
      ? literal
      : mismatch('invalid_value', `${field.name} is compared with true or false`)
  }
  if (typeof literal !== 'string') return mismatch('invalid_value', `${field.name} is compared with a string`)
  if (kind === 'status') return statusValue(literal)
  if (kind === 'instant')
    return canonicalInstant(literal) ?? mismatch('invalid_value', 'Expected an RFC 3339 instant with a zone')
  return isFragment(op) ? canonicalFragment(field.name, literal) : canonicalText(field.name, literal)
}

function statusValue(literal: string): FilterValue | Mismatch {
  if (literal === 'active' || literal === 'disabled') return literal
  return mismatch('invalid_value', 'status is "active" or "disabled"')
}

function jsonValue(op: ComparisonOp, literal: string | number | boolean): FilterValue | Mismatch {
  if (isFragment(op) && typeof literal !== 'string') return mismatch('invalid_value', `${op} needs a string`)
  if (typeof literal === 'boolean' && op !== 'eq')
    return mismatch('invalid_value', `true and false have no order for ${op}`)
  if (typeof literal !== 'number') return literal
  // Adding 0 turns -0 into 0.
  return Number.isFinite(literal) ? literal + 0 : mismatch('invalid_value', 'The number is too large')
}

function isFragment(op: ComparisonOp): boolean {
  return op === 'co' || op === 'sw' || op === 'ew'
}

function kindOf(field: FilterField) {
  return isJsonField(field) ? 'json' : filterFields[field.name].kind
}

function described(subject: Subject): string {
  return subject.active ? 'active' : subject.field.name
}

function mismatch(code: Mismatch['code'], detail: string): Mismatch {
  return { code, detail }
}
