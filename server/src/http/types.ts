/** The types that routes are written against. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify'
import type { Caller } from '../caller.ts'
import type { ErrorCode } from '../errors.ts'
import type { Access } from './admission/access.ts'
import type { ProofDeclaration } from './admission/proof.ts'
import type { RateLimit } from './admission/rate-limit.ts'
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
    /** Who may use the route. Must be declared; see access.ts. */
    access?: Access
    /** The route needs a fresh proof of the caller's identity; see proof.ts. */
    proof?: ProofDeclaration
    /** The route changes or deletes a resource that has an ETag, so `If-Match` may be required. */
    conditional?: boolean
    /** The route creates something, so it honours `Idempotency-Key`. */
    idempotent?: boolean
    /** Members of the answer that are secrets: a replayed answer lacks them. */
    shownOnce?: readonly string[]
    /** The media types that the route can send; JSON when left out. Empty when it sends no body, whatever is accepted. */
    produces?: readonly string[]
    /** The media types that the route reads; JSON (and merge patches for PATCH) when left out. Others arrive as a stream. */
    consumes?: readonly string[]
    /** Neither the handler nor the body has a deadline. For imports and exports. */
    streaming?: boolean
    /** Only our own pages and programs may call it: it sets a cookie, which pages of other sites must not cause. */
    ownPagesOnly?: boolean
    /** A limit of this route beside the general ones. */
    rateLimit?: RateLimit
    /** Not counted by the general rate limits: health checks. */
    unlimited?: boolean
    /** The errors of the handler beside those that follow from the declarations; for the OpenAPI document. */
    errors?: readonly ErrorCode[]
    /** What else is wrong with a body that does not fit the schema, so that all of it is said at once. */
    faultsOf?: BodyFaults
    /** The answer can be large, as that of a list: how many bytes wait for slow readers is bounded. */
    large?: boolean
    /** The `Authorization` header is not read here: the handler reads credentials of its own kind. */
    ownCredentials?: boolean
    /** Open also for users who must add a second factor first. Other public routes take them for anonymous. */
    whileEnrolling?: boolean
    /** The same for users who must replace their password first. */
    whilePasswordDue?: boolean
    /** Left out of the OpenAPI document. */
    hidden?: boolean
  }
  interface FastifyRequest {
    caller: Caller
    /** What the server keeps about this request while it runs. */
    visit: Visit
  }
}
