/** The tables of fields and parameters in the reference. */
import { escapeHtml } from '../../html/escape.ts'
import { type OpenapiDocument, type Parameter, resolved, type Schema } from './document.ts'

/** Objects within objects are shown to this depth. */
const maxDepth = 4
/** Longer lists of values are collapsed. */
const maxShownValues = 12

/** Text of the document: escaped, with its backticks as code. */
export function prose(text: string): string {
  return escapeHtml(text).replace(/`([^`]+)`/g, '<code>$1</code>')
}

type Row = { name: string; required: boolean; description?: string | undefined; schema: Schema }

export function parameterTable(
  caption: string,
  parameters: readonly Parameter[],
  document: OpenapiDocument,
): string {
  return table(caption, parameters, document)
}

/** The fields of a body; empty for a body without named fields. */
export function fieldTable(caption: string, schema: Schema, document: OpenapiDocument): string {
  return table(caption, rowsOf(schema, document, '', 0), document)
}

function table(caption: string, rows: readonly Row[], document: OpenapiDocument): string {
  if (rows.length === 0) return ''
  const lines = rows.map(({ name, required, description, schema }) => {
    const whole = resolved(schema, document)
    const text = description ?? whole.description
    return `<tr><th scope="row"><code>${escapeHtml(name)}</code>${required ? ' <em>required</em>' : ''}</th>
<td><span class="type">${escapeHtml(typeOf(whole, document))}</span>${text ? `<br>${prose(text)}` : ''}${valuesOf(whole, document)}</td></tr>`
  })
  return `<table><caption>${escapeHtml(caption)}</caption><tbody>${lines.join('\n')}</tbody></table>`
}

/** One row for each field, with those of inner objects under their path: `errors[].code`. */
function rowsOf(given: Schema, document: OpenapiDocument, prefix: string, depth: number): Row[] {
  const schema = resolved(given, document)
  if (depth > maxDepth) return []
  if (schema.items) return rowsOf(schema.items, document, prefix === '' ? '' : `${prefix}[]`, depth + 1)
  const variants = schema.anyOf ?? schema.oneOf
  if (variants) return uniqueRows(variants.flatMap((each) => rowsOf(each, document, prefix, depth + 1)))
  return Object.entries(schema.properties ?? {}).flatMap(([field, property]) => {
    const name = prefix === '' ? field : `${prefix}.${field}`
    const required = schema.required?.includes(field) ?? false
    return [{ name, required, schema: property }, ...rowsOf(property, document, name, depth + 1)]
  })
}

function uniqueRows(rows: readonly Row[]): Row[] {
  return [...new Map(rows.map((row) => [row.name, row])).values()]
}

function typeOf(given: Schema, document: OpenapiDocument): string {
  const schema = resolved(given, document)
  const variants = schema.anyOf ?? schema.oneOf
  if (variants) return [...new Set(variants.map((each) => typeOf(each, document)))].join(' or ')
  if (schema.items)
    return `list of ${typeOf(schema.items, document)}${range(schema.minItems, schema.maxItems, 'items')}`
  const names = [schema.type ?? 'any value'].flat().join(' or ')
  const format = schema.format ? ` (${schema.format})` : ''
  const size = range(schema.minLength, schema.maxLength, 'characters')
  const initial = schema.default === undefined ? '' : `, default ${JSON.stringify(schema.default)}`
  return `${names}${format}${size}${range(schema.minimum, schema.maximum, '')}${initial}`
}

function range(least: number | undefined, most: number | undefined, unit: string): string {
  if (least === undefined && most === undefined) return ''
  const bounds =
    least === undefined ? `at most ${most}` : most === undefined ? `at least ${least}` : `${least} to ${most}`
  return `, ${bounds}${unit === '' ? '' : ` ${unit}`}`
}

/** The values of an enumeration, also of the items of a list. */
function valuesOf(schema: Schema, document: OpenapiDocument): string {
  const values = schema.enum ?? (schema.items ? resolved(schema.items, document).enum : undefined)
  if (!values) return ''
  const list = values.map((value) => `<code>${escapeHtml(String(value))}</code>`).join(' ')
  if (values.length <= maxShownValues) return `<br>One of ${list}`
  return `<details><summary>One of ${values.length} values</summary>${list}</details>`
}
