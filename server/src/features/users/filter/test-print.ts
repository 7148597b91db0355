import { type Filter, type FilterField, type FilterValue, isJsonField } from './filter.ts'

/**
 * The filter as canonical text. Equal trees give equal texts, and parsing the text gives the same tree, unless the canonical
 * values are longer than the typed ones and exceed the limit of characters.
 */
export function printFilter(filter: Filter): string {
  switch (filter.op) {
    case 'or':
      return filter.items.map(printFilter).join(' or ')
    case 'and':
      return filter.items
        .map((item) => (item.op === 'or' ? `(${printFilter(item)})` : printFilter(item)))
        .join(' and ')
    case 'not':
      return printNegation(filter.item)
    case 'pr':
      return `${printField(filter.field)} pr`
    default:
      return printComparison(filter.field, filter.op, filter.value)
  }
}

function printNegation(item: Filter): string {
  // Written without parentheses, so that the text is never nested deeper than the original.
  if (item.op === 'eq') return printComparison(item.field, 'ne', item.value)
  if (item.op === 'pr') return `${printField(item.field)} eq null`
  return `not (${printFilter(item)})`
}

function printComparison(field: FilterField, op: string, value: FilterValue): string {
  return `${printField(field)} ${op} ${JSON.stringify(value)}`
}

function printField(field: FilterField): string {
  return isJsonField(field) ? `${field.name}.${field.path.join('.')}` : field.name
}
