/** The types for routes. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify'
import type { Caller } from '../caller.ts'
import type { ErrorCode } from '../errors.ts'
import type { Access } from './admission/access.ts'
import type { ProofDeclaration } from './admission/proof.ts'
import type { RateLimit } from './admission/rate-limit.ts'
import type { MayCreate } from './idempotency.ts'
import type { BodyFaults } from './problems/body-faults.ts'
import type { Visit } from './visit.ts'

export type { AnyReply, AnyRequest } from './any-request.ts'

/** A server to register routes on. A feature exports `(app: App) => void`. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may use the route. It must be declared; see access.ts. */
    access?: Access
    /** The route needs a fresh proof of the caller's identity; see proof.ts. */
    proof?: ProofDeclaration
    /** The route changes or deletes a resource that has an ETag, so `If-Match` may be required. */
    conditional?: boolean
    /**
     * The route creates a resource and supports `Idempotency-Key`. The function asserts that the caller may create it: a
     * kept answer is only for a caller who still may.
     */
    idempotent?: MayCreate
    /** Secret members of the answer, which a replayed answer does not contain. */
    shownOnce?: readonly string[]
    /** The media types that the route can send; JSON by default. Empty if it never sends a body. */
    produces?: readonly string[]
    /** The media types that the route reads; JSON (and merge patches for PATCH) by default. Others arrive as a stream. */
    consumes?: readonly string[]
    /** Neither the handler nor the body has a deadline; used for imports and exports. */
    streaming?: boolean
    /** Only our own pages and programs may call it, because it sets a cookie. */
    ownPagesOnly?: boolean
    /** A limit of this route in addition to the general ones. */
    rateLimit?: RateLimit
    /** Not counted by the general rate limits: health checks. */
    unlimited?: boolean
    /** Errors of the handler that do not follow from the declarations, for the OpenAPI document. */
    errors?: readonly ErrorCode[]
    /** Finds further faults of a body that does not match the schema, so that one answer names all faults. */
    faultsOf?: BodyFaults
    /** The answer can be large, like a list: the number of bytes that wait for slow readers is limited. */
    large?: boolean
    /** The handler reads the `Authorization` header itself. */
    ownCredentials?: boolean
    /**
     * The route is also available to users who must first add a second factor. On other public routes these users are
     * anonymous.
     */
    whileEnrolling?: boolean
    /** The route is also available to users who must first replace their password. */
    whilePasswordDue?: boolean
    /** Whether administrators who act as a user may use the route. By default they may use the routes that only read. */
    whileImpersonating?: boolean
    /** Left out of the OpenAPI document. */
    hidden?: boolean
  }
  interface FastifyRequest {
    caller: Caller
    /** The state of this request. */
    visit: Visit
  }
}
