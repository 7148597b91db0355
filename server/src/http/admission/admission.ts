/** Handles a request after routing and before its body is read: identification, limits, access, media types. */
import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import { newAttempt } from '../../attempt.ts'
import { anonymousCaller, type Caller, isOverdue } from '../../caller.ts'
import { monotonicMs, now } from '../../clock.ts'
import { isJsonObject } from '../../encoding/json-object.ts'
import { AppError } from '../../errors.ts'
import type { Span, Tracing } from '../../tracing/tracing.ts'
import type { Deadlines } from '../connection/deadlines.ts'
import type { AddressOf } from '../message/address.ts'
import { checkContentType, negotiate } from '../message/media-types.ts'
import type { RoutePlan } from '../route-plan.ts'
import type { AnyReply, AnyRequest } from '../types.ts'
import type { RequestOrigin } from '../visit.ts'
import { authorise } from './access.ts'
import type { Authenticator } from './authenticate.ts'
import type { Cors } from './cors.ts'
import type { RateLimiter } from './rate-limit.ts'
import type { RequestSource } from './request-source.ts'

export type AdmissionNeeds = {
  addressOf: AddressOf
  authenticate: Authenticator
  source: RequestSource
  limiter: RateLimiter
  cors: Cors
  deadlines: Deadlines
  requireIfMatch: boolean
  isDraining(): boolean
  turnAway(): AppError | null
  tracing: Tracing | null
}

export type Admission = {
  /** Begins every request, routed or not: creates its state and headers. Returns true for a CORS preflight. */
  open(request: AnyRequest, reply: AnyReply): boolean
  /** Admits a request to a route, or throws. Returns a promise if credentials must be checked. */
  admit(plan: RoutePlan, request: AnyRequest, reply: AnyReply): Promise<void> | null
  /** Counts a request without a matching route. */
  countUnrouted(request: AnyRequest, reply: AnyReply): void
}

export function createAdmission(needs: AdmissionNeeds): Admission {
  return {
    open: (request, reply) => open(needs, request, reply),
    admit(plan, request, reply) {
      request.visit.plan = plan
      const refusal = plan.unlimited ? null : needs.turnAway()
      if (refusal !== null) throw refusal
      const admitted = (caller: Caller) => {
        request.caller = unlessRestricted(plan, caller, request)
        pass(needs, plan, request, reply)
      }
      const refused = (error: unknown): never => {
        if (error instanceof AppError && error.status === 401) {
          needs.limiter.countRefused(request.visit.address, reply)
        }
        throw error
      }
      const checked = check(plan.ownCredentials ? unread : needs.authenticate, request, refused)
      if (checked instanceof Promise) return checked.then(admitted, refused)
      admitted(checked)
      return null
    },
    countUnrouted(request, reply) {
      request.caller = anonymousCaller(originOf(request))
      needs.limiter.count(request.caller, request.visit.address, null, reply)
    },
  }
}

/**
 * An administrator who acts as a user may use only some routes.
 * A user who must first replace the password or add a second factor may do nothing else, and is anonymous on public
 * routes.
 * @throws not_while_impersonating, password_change_required, factor_required
 */
function unlessRestricted(plan: RoutePlan, caller: Caller, request: AnyRequest): Caller {
  if (caller.impersonator && !plan.whileImpersonating) throw new AppError('not_while_impersonating')
  const isDue = caller.passwordDue === true && !plan.whilePasswordDue
  const isEnrolling = !plan.whileEnrolling && caller.enrolBy != null && isOverdue(caller, now())
  if (!isDue && !isEnrolling) return caller
  if (plan.access === 'public') return anonymousCaller(originOf(request))
  throw new AppError(isDue ? 'password_change_required' : 'factor_required')
}

/** For routes that read the credentials themselves. */
const unread: Authenticator = () => null

function check(
  authenticate: Authenticator,
  request: AnyRequest,
  refused: (error: unknown) => never,
): Caller | Promise<Caller> {
  const origin = originOf(request)
  try {
    return authenticate(request.raw, origin) ?? anonymousCaller(origin)
  } catch (error) {
    return refused(error)
  }
}

/** The hook of a route. It allocates only objects that the request needs. */
export function admissionHook(admission: Admission, plan: RoutePlan) {
  return (
    request: FastifyRequest,
    reply: FastifyReply,
    done: HookHandlerDoneFunction,
  ): Promise<void> | void => {
    const waiting = admission.admit(plan, request, reply)
    if (waiting !== null) return waiting
    done()
  }
}

function open(needs: AdmissionNeeds, request: AnyRequest, reply: AnyReply): boolean {
  const startedMs = monotonicMs()
  const closing = needs.isDraining() || isLastOfSocket(reply)
  request.visit = {
    plan: null,
    reply,
    startedMs,
    waitingSinceMs: startedMs,
    address: needs.addressOf(request.raw),
    failure: undefined,
    timedOut: false,
    attempt: newAttempt(),
    closing,
    span: needs.tracing === null ? null : spanOf(needs.tracing, request),
  }
  needs.deadlines.begin(request)
  reply.header('x-request-id', request.id)
  if (closing) reply.header('connection', 'close')
  return needs.cors(request, reply)
}

/** The name of the span is set at the end, from the route. Health checks have no span, because they are so frequent. */
function spanOf(tracing: Tracing, { method, headers, url }: AnyRequest): Span | null {
  if (url.startsWith('/health/')) return null
  return tracing.begin({ name: method, kind: 'server', from: headers })
}

/**
 * After `maxRequestsPerSocket` requests, Node announces the end of the connection but expects the client to close it.
 */
function isLastOfSocket(reply: AnyReply): boolean {
  const { raw } = reply
  return 'maxRequestsOnConnectionReached' in raw && raw.maxRequestsOnConnectionReached === true
}

function originOf(request: AnyRequest): RequestOrigin {
  const agent = request.headers['user-agent']
  return {
    requestId: request.id,
    address: request.visit.address,
    userAgent: agent === undefined ? null : agent.length > 256 ? agent.slice(0, 256) : agent,
  }
}

function pass(needs: AdmissionNeeds, plan: RoutePlan, request: AnyRequest, reply: AnyReply): void {
  if (!plan.unlimited) needs.limiter.count(request.caller, request.visit.address, plan.rateLimit, reply)
  if (plan.ownPagesOnly) needs.source.checkOwnPage(request.raw)
  authorise(plan.access, request.caller, isJsonObject(request.params) ? request.params : {})
  if (plan.produces.length > 0) negotiate(request.headers.accept, plan.produces)
  if (plan.readsBody) checkContentType(request.raw, plan)
  if (plan.conditional && needs.requireIfMatch && request.headers['if-match'] === undefined) {
    throw new AppError('precondition_required')
  }
}
