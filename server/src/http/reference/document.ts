/** The parts of the OpenAPI document that the reference uses. */

export type Schema = {
  $ref?: string
  type?: string | readonly string[]
  format?: string
  title?: string
  description?: string
  enum?: readonly unknown[]
  examples?: readonly unknown[]
  default?: unknown
  properties?: Record<string, Schema>
  required?: readonly string[]
  items?: Schema
  anyOf?: readonly Schema[]
  oneOf?: readonly Schema[]
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  minItems?: number
  maxItems?: number
}

export type Parameter = {
  name: string
  in: 'path' | 'query' | 'header'
  required: boolean
  description?: string
  schema: Schema
  example?: unknown
}

export type Content = Record<
  string,
  { schema?: Schema; example?: unknown; examples?: Record<string, unknown> }
>

export type Response = { $ref?: string; description?: string; content?: Content }

export type Operation = {
  operationId: string
  tags?: readonly string[]
  summary?: string
  description?: string
  parameters: readonly Parameter[]
  requestBody?: { required: boolean; content: Content }
  responses: Record<string, Response>
  'x-access': unknown
}

export type OpenapiDocument = {
  info: { title: string; version: string; description: string }
  servers: readonly { url: string }[]
  tags: readonly { name: string; description: string }[]
  paths: Record<string, Record<string, Operation>>
  components: Record<string, Record<string, unknown>>
}

/** The target of a reference such as `#/components/schemas/User`. */
export function resolved<T extends { $ref?: string }>(value: T, document: OpenapiDocument): T {
  if (value.$ref === undefined) return value
  const [, , kind = '', name = ''] = value.$ref.split('/')
  return document.components[kind]?.[name] as T
}
