/** Calls of single operations, typed by the OpenAPI document. */
import type { CallOptions, Method, OutgoingRequest, Transport } from './transport.ts'
import type { operations, paths } from './types.ts'

type Content<T> = T extends { content: infer Types } ? Types : never
type Json<Types> = Types extends { 'application/json': infer Body } ? Body : never

/** The JSON body of the request of an operation. */
export type BodyOf<Operation> = Operation extends { requestBody?: infer Request }
  ? Json<Content<NonNullable<Request>>>
  : never
/** The JSON body of its successful answer; undefined when it has none. */
export type AnswerOf<Operation> = Operation extends { responses: infer Answers }
  ? {
      [Status in keyof Answers & (200 | 201 | 202 | 204)]: Json<Content<Answers[Status]>> extends never
        ? undefined
        : Json<Content<Answers[Status]>>
    }[keyof Answers & (200 | 201 | 202 | 204)]
  : never
/** The query parameters of an operation. */
export type QueryOf<Operation> = Operation extends { parameters: { query?: infer Query } }
  ? NonNullable<Query>
  : never
type PathParameters<Operation> = Operation extends { parameters: { path: infer Path } } ? Path : never

/** The answer of an operation by its id: `Answer<'getUser'>`. */
export type Answer<Id extends keyof operations> = AnswerOf<operations[Id]>
export type Body<Id extends keyof operations> = BodyOf<operations[Id]>
export type Query<Id extends keyof operations> = QueryOf<operations[Id]>

type OperationAt<Path extends keyof paths, M extends Method> =
  Lowercase<M> extends keyof paths[Path] ? NonNullable<paths[Path][Lowercase<M>]> : never
/** The paths that have the method. */
export type PathWith<M extends Method> = {
  [Path in keyof paths]: OperationAt<Path, M> extends never ? never : Path
}[keyof paths]

type Parameters<Operation> = CallOptions &
  (PathParameters<Operation> extends never
    ? { path?: never }
    : { path: { [Name in keyof PathParameters<Operation>]: string } }) &
  (QueryOf<Operation> extends never ? { query?: never } : { query?: QueryOf<Operation> }) &
  (BodyOf<Operation> extends never ? { body?: never } : BodyParameter<Operation>)
type BodyParameter<Operation> = Operation extends { requestBody: object }
  ? { body: BodyOf<Operation> }
  : { body?: BodyOf<Operation> }

/** The data of an answer, with its status and headers. */
export type Result<Data> = { data: Data; status: number; headers: Headers }

/** Calls any operation by its method and path: `call('GET', '/users/{id}', { path: { id: 'me' } })`. */
export type Call = <M extends Method, Path extends PathWith<M>>(
  method: M,
  path: Path,
  ...parameters: object extends Parameters<OperationAt<Path, M>>
    ? [Parameters<OperationAt<Path, M>>?]
    : [Parameters<OperationAt<Path, M>>]
) => Promise<Result<AnswerOf<OperationAt<Path, M>>>>

type LooseParameters = CallOptions & {
  path?: Record<string, string>
  query?: Record<string, unknown>
  body?: unknown
}

/** The internal form of `call`: without its types, and with internal options. */
export type Send = (
  method: Method,
  path: string,
  parameters?: LooseParameters & Pick<OutgoingRequest, 'authenticated' | 'retry'>,
) => Promise<Result<unknown>>

export function createSend(transport: Transport): Send {
  return async (method, path, { path: values = {}, body, ...parameters } = {}) => {
    const response = await transport.send({
      ...parameters,
      method,
      path: filled(path, values),
      json: body,
      headers: {
        ...(method === 'PATCH' ? { 'content-type': 'application/merge-patch+json' } : {}),
        ...parameters.headers,
      },
    })
    const text = await response.text()
    return {
      data: text === '' ? undefined : JSON.parse(text),
      status: response.status,
      headers: response.headers,
    }
  }
}

/** Inserts the encoded values into `/users/{id}`. */
function filled(path: string, values: Record<string, string>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name]
    // An empty part or a dot would be another path.
    if (!value || value === '.' || value === '..')
      throw new TypeError(`The path parameter ${name} is ${JSON.stringify(value)}.`)
    return encodeURIComponent(value)
  })
}
