/** The declarations of a route, read once at its registration. */
import type { FastifySchema, RouteOptions } from 'fastify'
import { isJsonObject, type JsonObject } from '../encoding/json-object.ts'
import type { ErrorCode } from '../errors.ts'
import type { Access } from './admission/access.ts'
import type { ProofDeclaration } from './admission/proof.ts'
import type { RateLimit } from './admission/rate-limit.ts'
import type { MayCreate } from './idempotency.ts'
import type { BodyFaults } from './problems/body-faults.ts'

export const json = 'application/json'
export const mergePatch = 'application/merge-patch+json'

export type RoutePlan = {
  method: string
  /** The path as registered: `/users/:id`. */
  pattern: string
  access: Access
  readsBody: boolean
  conditional: boolean
  idempotent: MayCreate | null
  shownOnce: readonly string[]
  proof: ProofDeclaration | null
  produces: readonly string[]
  consumes: readonly string[]
  streaming: boolean
  ownPagesOnly: boolean
  rateLimit: RateLimit | null
  unlimited: boolean
  ownCredentials: boolean
  large: boolean
  errors: readonly ErrorCode[]
  faultsOf: BodyFaults | null
  whileEnrolling: boolean
  whilePasswordDue: boolean
  whileImpersonating: boolean
  hidden: boolean
  schema: DeclaredSchema
}

/** The parts of a route's schema that the OpenAPI document shows; `summary`, `tags` and `operationId` as in OpenAPI. */
export type RouteSchema = {
  operationId?: string
  tags?: readonly string[]
  summary?: string
  description?: string
}

/** With the schemas of the message. */
export type DeclaredSchema = RouteSchema & {
  body: JsonObject | undefined
  params: JsonObject | undefined
  querystring: JsonObject | undefined
  response: Record<string, JsonObject> | undefined
}

declare module 'fastify' {
  interface FastifySchema extends RouteSchema {}
}

/** @throws an Error when the route declares no access, so that no route is public by accident. */
export function planRoute(route: RouteOptions): RoutePlan {
  const method = String(route.method)
  const config = route.config ?? {}
  if (config.access === undefined) throw new Error(`${method} ${route.url} declares no access`)
  const readsBody = method !== 'GET' && method !== 'HEAD'
  return {
    method,
    pattern: route.url,
    access: config.access,
    readsBody,
    conditional: config.conditional ?? false,
    idempotent: config.idempotent ?? null,
    shownOnce: config.shownOnce ?? [],
    proof: config.proof ?? null,
    produces: config.produces ?? [json],
    consumes: config.consumes ?? (method === 'PATCH' ? [json, mergePatch] : [json]),
    streaming: config.streaming ?? false,
    ownPagesOnly: config.ownPagesOnly ?? false,
    rateLimit: config.rateLimit ?? null,
    unlimited: config.unlimited ?? false,
    ownCredentials: config.ownCredentials ?? false,
    large: config.large ?? false,
    errors: config.errors ?? [],
    faultsOf: config.faultsOf ?? null,
    whileEnrolling: config.whileEnrolling ?? false,
    whilePasswordDue: config.whilePasswordDue ?? false,
    whileImpersonating: config.whileImpersonating ?? !readsBody,
    hidden: config.hidden ?? false,
    schema: declaredSchema(route.schema ?? {}),
  }
}

function declaredSchema({ body, params, querystring, response, ...shown }: FastifySchema): DeclaredSchema {
  return {
    ...shown,
    body: schemaIn(body),
    params: schemaIn(params),
    querystring: schemaIn(querystring),
    response: responsesIn(response),
  }
}

function responsesIn(response: unknown): Record<string, JsonObject> | undefined {
  const declared = schemaIn(response)
  if (declared === undefined) return undefined
  return Object.fromEntries(
    Object.entries(declared).map(([status, schema]) => [status, schemaIn(schema) ?? {}]),
  )
}

function schemaIn(schema: unknown): JsonObject | undefined {
  if (schema === undefined || isJsonObject(schema)) return schema
  throw new Error('A schema of a route must be an object')
}

/** The schemas of the members of an object, by their names. */
export function propertiesOf(schema: JsonObject | undefined): Record<string, JsonObject> {
  const properties = schema?.['properties'] ?? {}
  if (isJsonObject(properties) && isOfSchemas(properties)) return properties
  throw new Error('The properties of a schema must be schemas')
}

function isOfSchemas(properties: JsonObject): properties is Record<string, JsonObject> {
  return Object.values(properties).every(isJsonObject)
}
