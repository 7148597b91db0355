/** Whether a resource matches a filter. */
import { isJsonObject } from '../../../encoding/json-object.ts'
import { isNothing, type Resource } from '../resource/read.ts'
import type { Comparison, Path, ScimFilter } from './filter.ts'

export function fits(filter: ScimFilter, resource: Resource): boolean {
  switch (filter.op) {
    case 'and':
      return filter.items.every((item) => fits(item, resource))
    case 'or':
      return filter.items.some((item) => fits(item, resource))
    case 'not':
      return !fits(filter.item, resource)
    case 'pr':
      return valuesAt(resource, filter.path).some((value) => value !== '' && !isNothing(value))
    case 'element':
      return valuesAt(resource, filter.path).some(
        (value) => isJsonObject(value) && fits(filter.filter, value),
      )
    default:
      return valuesAt(resource, filter.path).some((value) => holds(filter, value))
  }
}

/** The values at a path; all values of a multi-valued attribute. */
export function valuesAt(resource: unknown, path: Path): unknown[] {
  let values = [resource]
  for (const name of path)
    values = values.flatMap((value) =>
      isJsonObject(value) && Object.hasOwn(value, name) ? [value[name]].flat() : [],
    )
  return values
}

function holds({ op, value, caseExact }: Comparison, actual: unknown): boolean {
  if (typeof actual === 'boolean' || typeof value === 'boolean') return op === 'eq' && actual === value
  if (typeof actual !== 'string') return false
  const [has, wanted] = [folded(actual, caseExact), folded(String(value), caseExact)]
  switch (op) {
    case 'eq':
      return has === wanted
    case 'co':
      return has.includes(wanted)
    case 'sw':
      return has.startsWith(wanted)
    case 'ew':
      return has.endsWith(wanted)
    case 'gt':
      return has > wanted
    case 'ge':
      return has >= wanted
    case 'lt':
      return has < wanted
    default:
      return has <= wanted
  }
}

function folded(text: string, caseExact: boolean): string {
  return caseExact ? text : text.normalize('NFKC').toLowerCase()
}
