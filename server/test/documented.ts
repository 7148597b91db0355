/** Compares answers with `sdk/openapi.json`: status, media type, headers, body, and the code of an error. */
import { readFileSync } from 'node:fs'
import { Compile } from 'typebox/schema'
import { registerFormats } from '../src/http/message/formats.ts'
import { closed } from '../src/http/message/validate.ts'

type Json = Record<string, unknown>
type Content = Record<string, { schema?: Json; examples?: Json }>
type Response = { content?: Content; headers?: Record<string, unknown>; $ref?: string }
type Operation = { operationId: string; responses: Record<string, Response> }
type Document = { paths: Record<string, Record<string, Operation>>; components: Record<string, Json> }

export type ReceivedAnswer = {
  status: number
  headers: Headers
  text: string
  /** Parsed, when it is JSON. */
  body: unknown
}

let loaded: { document: Document; components: Json; paths: [pattern: RegExp, path: string][] } | undefined

function load() {
  if (loaded) return loaded
  registerFormats()
  const file = new URL('../../sdk/openapi.json', import.meta.url)
  const document = JSON.parse(readFileSync(file, 'utf8')) as Document
  const paths = Object.keys(document.paths)
    // `/users/export` before `/users/{id}`.
    .sort((one, other) => one.split('{').length - other.split('{').length)
    .map((path): [RegExp, string] => [new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`), path])
  loaded = { document, components: closed(document.components), paths }
  return loaded
}

/**
 * The fault of the answer, or null. Answers of routes that the document leaves out are checked only when they are
 * errors.
 */
export function undocumented(method: string, path: string, answer: ReceivedAnswer): string | null {
  if (method === 'OPTIONS') return null
  // SCIM describes itself and has errors of its own form.
  if (path.startsWith('/scim/')) return null
  const { document, paths } = load()
  const target = path.split('?', 1)[0]!
  const found = paths.find(([pattern]) => pattern.test(target))?.[1]
  const read = method === 'HEAD' ? 'get' : method.toLowerCase()
  const operation = found === undefined ? undefined : document.paths[found]?.[read]
  const fault =
    answer.status >= 400
      ? faultOfError(method, operation, answer)
      : operation && faultOfSuccess(method, operation, answer)
  if (!fault) return null
  return `${method} ${path} answered ${answer.status} against the OpenAPI document: ${fault}\n${answer.text.slice(0, 2000)}`
}

function faultOfSuccess(method: string, operation: Operation, answer: ReceivedAnswer): string | null {
  const response = operation.responses[answer.status]
  if (!response) return `${operation.operationId} has no answer ${answer.status}.`
  for (const name of Object.keys(response.headers ?? {})) {
    const isOptional = name === 'X-Total-Count'
    if (!isOptional && !answer.headers.has(name)) return `the header ${name} is missing.`
  }
  if (method === 'HEAD') return null
  if (!response.content) return answer.text === '' ? null : 'it has a body.'
  const type = mediaTypeOf(answer)
  const content = response.content[type]
  if (!content) return `the media type ${type} is not one of ${Object.keys(response.content)}.`
  return type === 'application/json' ? faultOfBody(content.schema ?? {}, answer.body) : null
}

function faultOfError(
  method: string,
  operation: Operation | undefined,
  answer: ReceivedAnswer,
): string | null {
  const type = mediaTypeOf(answer)
  if (method === 'HEAD') return null
  // The pages of a browser.
  if (type === 'text/html' && !operation) return null
  if (type !== 'application/problem+json') return `the media type of the error is ${type}.`
  const fault = faultOfBody({ $ref: '#/components/schemas/Problem' }, answer.body)
  if (fault) return fault
  const { status, code } = answer.body as { status: number; code: string }
  if (status !== answer.status) return `the problem document says ${status}.`
  if (!operation) return null
  const reference = operation.responses[answer.status]?.$ref
  const response = (
    reference
      ? load().document.components['responses']![reference.split('/').at(-1)!]
      : operation.responses[answer.status]
  ) as Response | undefined
  // The setting ROSTER_REQUIRE_IF_MATCH adds this one to every operation that takes If-Match.
  if (code === 'precondition_required' && operation.responses[412]) return null
  const codes = Object.keys(response?.content?.[type]?.examples ?? {})
  return codes.includes(code) ? null : `${operation.operationId} has no error ${answer.status} ${code}.`
}

const validators = new Map<Json, ReturnType<typeof Compile>>()

function faultOfBody(schema: Json, body: unknown): string | null {
  let validator = validators.get(schema)
  if (!validator) {
    validator = Compile({ ...closed(schema), components: load().components } as never)
    validators.set(schema, validator)
  }
  if (validator.Check(body)) return null
  return JSON.stringify(validator.Errors(body)[1].slice(0, 5))
}

function mediaTypeOf(answer: ReceivedAnswer): string {
  return (answer.headers.get('content-type') ?? 'none').split(';')[0]!.trim()
}
