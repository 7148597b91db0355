/**
 * Filters of the list of users: the grammar of SCIM (RFC 7644 §3.4.2.2) as a small tree in canonical form.
 *
 * The semantics are the same for SQL and for `evaluateFilter`. Every expression is true or false, never unknown:
 * - `field op value` is false when the field has no value. A field has no value if it is null, or if it is a path
 *   into JSON that leads to null or nowhere.
 * - `not` is plain negation. `ne` means `not eq`, so it is true when the field has no value.
 * - `pr` is true when the field has a value other than the empty string; for `roles`, when there is at least one
 *   role.
 * - `eq null` is `not pr`, `ne null` is `pr`.
 * - `roles` has many values: an operator is true if it is true for any of them. `roles ne "a"` means that the user
 *   does not have the role `a`.
 * - `co`, `sw`, `ew` are literal, without wildcards. Every text contains the empty text.
 * - Texts are ordered by code point, instants by time.
 * - In `metadata` and `profile`, a comparison of values of different JSON types is false. Numbers are compared as
 *   numbers, texts exactly. The path leads through objects only. A list at the end of the path has many values, like
 *   roles: an operator is true if it is true for any of them, and `pr` if one of them is present. An object, or a list
 *   within a list, is present but equals nothing.
 *
 * Attribute names and operators are case-insensitive; paths into JSON are case-sensitive. These SCIM names are
 * accepted: `userName`, `externalId`, and `active` (true is `status eq "active"`).
 *
 * The tree is normalised: there is no `ne`, no null, no `not` of a `not`, no `and` in an `and` and no `or` in an `or`.
 * Values have the canonical form of the column with which they are compared.
 */
import { emailKey } from '../names/email.ts'
import { foldCase } from '../names/text.ts'
import { usernameKey } from '../names/username.ts'

export type Filter =
  | { op: 'and' | 'or'; items: Filter[] }
  | { op: 'not'; item: Filter }
  | { op: 'pr'; field: FilterField }
  | FilterComparison

export type FilterComparison = { op: ComparisonOp; field: FilterField; value: FilterValue }

export type ComparisonOp = 'eq' | 'co' | 'sw' | 'ew' | 'gt' | 'ge' | 'lt' | 'le'

/** Text in canonical form, an instant in UTC with milliseconds, a flag, or (only in JSON) a finite number. */
export type FilterValue = string | number | boolean

export type FilterFieldName = keyof typeof filterFields

/** A path of 1–5 member names in a field that holds a JSON object. */
export type JsonField = { name: 'metadata' | 'profile'; path: string[] }
export type FilterField = { name: FilterFieldName } | JsonField

export function isJsonField(field: FilterField): field is JsonField {
  return field.name === 'metadata' || field.name === 'profile'
}

/**
 * - `text`: compared in the form of `canonicalText`, which ignores case.
 * - `exact`: compared unchanged.
 * - `flag`: true or false. `instant`: an instant or null. `status`: `active` or `disabled`. `roles`: many exact
 *   texts.
 */
export type FilterKind = 'text' | 'exact' | 'flag' | 'instant' | 'status' | 'roles'

export const filterFields = {
  id: { kind: 'exact' },
  username: { kind: 'text' },
  email: { kind: 'text' },
  email_verified: { kind: 'flag' },
  first_name: { kind: 'text' },
  last_name: { kind: 'text' },
  status: { kind: 'status' },
  roles: { kind: 'roles' },
  external_id: { kind: 'exact' },
  created_at: { kind: 'instant' },
  updated_at: { kind: 'instant' },
  last_login_at: { kind: 'instant' },
} as const satisfies Record<string, { kind: FilterKind }>

/** The operators of a kind of field, in addition to `pr`. */
export const comparisonOps: Record<FilterKind | 'json', readonly ComparisonOp[]> = {
  text: ['eq', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'],
  exact: ['eq', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'],
  flag: ['eq'],
  instant: ['eq', 'gt', 'ge', 'lt', 'le'],
  status: ['eq'],
  roles: ['eq', 'co', 'sw', 'ew'],
  json: ['eq', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'],
}

/**
 * The maximum number of characters, of nested parentheses, of expressions such as `username eq "a"`, and of names in a
 * path into JSON.
 */
export const filterLimits = { characters: 2000, depth: 10, expressions: 50, pathLength: 5 }

/** The stored form of a text that is compared as a whole with `username`, `email`, `first_name`, `last_name` or `id`. */
export function canonicalText(name: FilterFieldName, value: string): string {
  if (name === 'email') return emailKey(value)
  return canonicalFragment(name, value)
}

/**
 * The stored form of a text that is compared with a part of such a field (`co`, `sw`, `ew`). A part of an address is
 * only folded.
 */
export function canonicalFragment(name: FilterFieldName, value: string): string {
  if (name === 'username') return usernameKey(value)
  if (name === 'id') return value.toLowerCase()
  return filterFields[name].kind === 'text' ? foldCase(value) : value
}

/** The negation in normal form. */
export function negated(filter: Filter): Filter {
  return filter.op === 'not' ? filter.item : { op: 'not', item: filter }
}

/** `and` or `or` of at least one filter in normal form. */
export function joined(op: 'and' | 'or', items: Filter[]): Filter {
  if (items.length === 1) return items[0]!
  return { op, items: items.flatMap((item) => (item.op === op ? item.items : [item])) }
}

/** The filters that must all be true: those of a top-level `and`, or the filter itself. */
export function conjuncts(filter: Filter): Filter[] {
  return filter.op === 'and' ? filter.items : [filter]
}
