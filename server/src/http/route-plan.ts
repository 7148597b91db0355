/** What a route declared, read once when it is registered. */
import type { RouteOptions } from 'fastify'
import type { ErrorCode } from '../errors.ts'
import type { Access } from './admission/access.ts'
import type { ProofDeclaration } from './admission/proof.ts'
import type { RateLimit } from './admission/rate-limit.ts'
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
  idempotent: boolean
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
  hidden: boolean
  schema: RouteOptions['schema'] & RouteSchema
}

/** The parts of a route's schema that the OpenAPI document shows; `summary`, `tags` and `operationId` as in OpenAPI. */
export type RouteSchema = {
  operationId?: string
  tags?: readonly string[]
  summary?: string
  description?: string
}

declare module 'fastify' {
  interface FastifySchema extends RouteSchema {}
}

/** @throws an Error when the route declares no access: nothing is public by accident. */
export function planRoute(route: RouteOptions): RoutePlan {
  const method = String(route.method)
  const config = route.config ?? {}
  if (config.access === undefined) throw new Error(`${method} ${route.url} declares no access`)
  return {
    method,
    pattern: route.url,
    access: config.access,
    readsBody: method !== 'GET' && method !== 'HEAD',
    conditional: config.conditional ?? false,
    idempotent: config.idempotent ?? false,
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
    hidden: config.hidden ?? false,
    schema: route.schema ?? {},
  }
}
