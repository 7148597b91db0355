/**
 * Examples of requests and answers, in `examples.json` by operation: `parameters` of the path and the query, `request`
 * and `response`. Operations whose schema contains examples need none there. A test compares all examples with their
 * schemas.
 */
import { ownFile } from '../../runtime/own-files.ts'

export type Example = { parameters?: Record<string, unknown>; request?: unknown; response?: unknown }

let loaded: Record<string, Example> | undefined

export function exampleOf(operationId: string | undefined): Example {
  const examples: Record<string, Example> =
    loaded ?? JSON.parse(ownFile('server/src/http/openapi/examples.json').toString('utf8'))
  loaded = examples
  return examples[operationId ?? ''] ?? {}
}

/** The content of a request or an answer, with the example at its first media type. */
export function withExample<T extends object>(
  content: Record<string, T>,
  example: unknown,
): Record<string, T & { example?: unknown }> {
  const [first] = Object.keys(content)
  if (example === undefined || first === undefined) return content
  return { ...content, [first]: { ...content[first]!, example } }
}
