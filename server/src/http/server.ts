/** The HTTP server: Fastify with strict defaults. Features register their routes on its `App`. */

import { createServer, type Server } from 'node:http'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { type FastifyReply, type FastifyRequest, fastify, type RouteOptions } from 'fastify'
import { Type } from 'typebox'
import { runAttempt } from '../attempt.ts'
import type { Caller } from '../caller.ts'
import type { AppError } from '../errors.ts'
import { type LookSettings, lookOf } from '../html/page-layout.ts'
import type { Log } from '../log/log.ts'
import { publicPath } from '../settings/public-path.ts'
import type { Tracing } from '../tracing/tracing.ts'
import { type Admission, admissionHook, createAdmission } from './admission/admission.ts'
import { authenticator, type CredentialChecks } from './admission/authenticate.ts'
import { cors } from './admission/cors.ts'
import { findRefusal } from './admission/guard.ts'
import { type Prove, proofHook } from './admission/proof.ts'
import { createRateLimiter } from './admission/rate-limit.ts'
import { requestSource } from './admission/request-source.ts'
import { limitBuilding } from './connection/building.ts'
import { answerBrokenMessages, dropRest, type RawAnswers, rawAnswers } from './connection/connection.ts'
import {
  type Deadlines,
  defaultTimeouts,
  silentMs,
  type Timeouts,
  watchDeadlines,
} from './connection/deadlines.ts'
import { limitOutgoing, type Outgoing, type OutgoingLimits } from './connection/outgoing.ts'
import { responseWith } from './connection/response.ts'
import { takeTurns } from './connection/turns.ts'
import { healthRoutes, indexRoute } from './health.ts'
import { type IdempotencyNeeds, idempotencyHooks } from './idempotency.ts'
import { addressReader } from './message/address.ts'
import { acceptBodies } from './message/bodies.ts'
import type { ForwardedHeader } from './message/forwarded.ts'
import { baseHeaders } from './message/headers.ts'
import { answerUnrouted, pathOf } from './message/methods.ts'
import { requestId } from './message/request-id.ts'
import { validatorCompiler } from './message/validate.ts'
import { docsRoutes } from './openapi/docs.ts'
import { refuseWithAll } from './problems/body-faults.ts'
import { problemPages } from './problems/pages.ts'
import { problemSender } from './problems/problem.ts'
import { completeLocations, withoutPath } from './public-path.ts'
import { logRequest, type Observe } from './request-log.ts'
import { json, planRoute, propertiesOf, type RoutePlan } from './route-plan.ts'
import { siteFiles } from './site-files.ts'
import type { App } from './types.ts'

/** The public URL has no trailing slash. */
export type HttpOptions = LookSettings & {
  version: string
  corsOrigins: readonly string[]
  /** Further headers that scripts of these origins may send. */
  corsHeaders?: readonly string[]
  /** Addresses or CIDR ranges of trusted proxies. */
  trustedProxies: readonly string[]
  /** The number of proxies in front, if their addresses are not known. */
  trustedProxyHops?: number | null
  forwardedHeader?: ForwardedHeader
  /** Addresses or CIDR ranges of application servers that send the address of their client. */
  trustedBackends?: readonly string[]
  requireIfMatch: boolean
  basicAuth: boolean
  rateLimits: 'on' | 'off'
  /** Only tests set shorter ones. */
  timeouts?: Partial<Timeouts>
  /** Only tests set lower ones. */
  outgoing?: OutgoingLimits
}

export type HttpNeeds = CredentialChecks & {
  /** Resolves when the service works, for `/health/ready`. */
  ready(): Promise<void>
  /** The path of the start page for browsers; the API reference by default. */
  startPage?(caller: Caller): Promise<string>
  idempotency: IdempotencyNeeds
  /** Checks the proof that a route declares. */
  prove: Prove
  observe?: Observe
  /** Spans of requests, if tracing is on. */
  tracing?: Tracing | null
  /** Called first for every request except health checks: the error while the service cannot work, or null. */
  turnAway?(): AppError | null
}

const maxBody = 64 * 1024
const maxConnections = 5_000

declare module 'fastify' {
  interface FastifyInstance {
    /** All declared routes, for the OpenAPI document. */
    plans: RoutePlan[]
    draining: { now: boolean }
    deadlines: Deadlines
  }
}

/** Creates the server with its index, health checks and problem pages. It listens after `app.listen(…)`. */
export function createHttpServer(options: HttpOptions, needs: HttpNeeds, log: Log): App {
  const headers = baseHeaders(options.publicUrl)
  const source = requestSource(options)
  const addressOf = addressReader(options)
  const answers = rawAnswers(options.publicUrl, headers, addressOf, log)
  const timeouts = { ...defaultTimeouts, ...options.timeouts }
  const app = createFastify(options, timeouts, answers)
  const sendProblem = problemSender(options)
  const deadlines = watchDeadlines(
    timeouts,
    (error, request) => sendProblem(error, request, request.visit.reply),
    (request) => logRequest(log, request, 499, needs.observe),
  )
  const draining = { now: false }
  app.decorate('plans', []).decorate('draining', draining).decorate('deadlines', deadlines)
  const admission = createAdmission({
    addressOf,
    authenticate: authenticator(needs, source, options),
    source,
    limiter: createRateLimiter(options.rateLimits),
    cors: cors(options, (request, origin, reason) =>
      log.info({ event: 'cors.refused', request_id: request.id, origin, reason }, `CORS refused: ${reason}`),
    ),
    deadlines,
    requireIfMatch: options.requireIfMatch,
    isDraining: () => draining.now,
    turnAway: needs.turnAway ?? (() => null),
    tracing: needs.tracing ?? null,
  })
  completeLocations(app, publicPath(options.publicUrl))
  acceptBodies(app)
  admitRequests(app, admission)
  if (needs.tracing) enterSpans(app)
  const outgoing = limitOutgoing(options.outgoing)
  planRoutes(app, needs, { admission, log, outgoing })
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply))
  logAnswers(app, log, needs.observe)
  indexRoute({
    path: publicPath(options.publicUrl),
    version: options.version,
    startPage: needs.startPage ?? (async () => '/docs'),
  })(app)
  healthRoutes({ ready: () => needs.ready(), isDraining: () => draining.now })(app)
  problemPages(lookOf(options))(app)
  siteFiles(options)(app)
  docsRoutes(options)(app)
  return app
}

function createFastify(options: HttpOptions, timeouts: Timeouts, answers: RawAnswers): App {
  const ownHost = new URL(options.publicUrl).host
  const path = publicPath(options.publicUrl)
  const inTurn = takeTurns()
  const ServerResponse = responseWith(baseHeaders(options.publicUrl))
  const app = fastify({
    bodyLimit: maxBody,
    genReqId: requestId,
    requestIdHeader: false,
    return503OnClosing: false,
    rewriteUrl: ({ url = '/' }) => withoutPath(path, url),
    routerOptions: {
      maxParamLength: 8 * 1024,
      querystringParser: (query) => query as unknown as Record<string, unknown>,
    },
    serverFactory: (handler) => {
      const server = createServer({ ...serverOptions(timeouts), ServerResponse }, (request, response) =>
        inTurn(() => {
          const refusal = findRefusal(request, ownHost)
          if (refusal === null) handler(request, response)
          else answers.refuse(request, response, refusal.code, refusal.detail)
        }),
      )
      return limitServer(server, answers)
    },
  })
  app.setValidatorCompiler(validatorCompiler())
  app.setSerializerCompiler(() => (data) => JSON.stringify(data))
  return app.withTypeProvider<TypeBoxTypeProvider>()
}

function serverOptions(timeouts: Timeouts) {
  return {
    maxHeaderSize: 32 * 1024, // the request line and the headers, which have their own limits; see guard.ts
    headersTimeout: timeouts.headersMs,
    requestTimeout: 0, // a body has its own deadline, because an import may take longer; see deadlines.ts
    keepAliveTimeout: 75_000,
    connectionsCheckingInterval: Math.min(1_000, timeouts.headersMs / 2),
    requireHostHeader: false, // checked in guard.ts, with a problem document
  }
}

function limitServer(server: Server, answers: RawAnswers): Server {
  server.maxConnections = maxConnections
  server.maxRequestsPerSocket = 1_000
  server.setTimeout(silentMs)
  answerBrokenMessages(server, answers)
  return server
}

function admitRequests(app: App, admission: Admission): void {
  app.decorateRequest('caller')
  app.decorateRequest('visit')
  app.addHook('onRequest', (request, reply, done) => {
    const isPreflight = admission.open(request, reply)
    if (isPreflight) {
      reply.code(204).send()
    } else if (request.is404) {
      admission.countUnrouted(request, reply)
      answerUnrouted(app, request, reply)
    } else {
      done()
    }
  })
}

/** Runs a request in its span, and enters the span again after the body, which arrives outside of it. */
function enterSpans(app: App): void {
  for (const hook of ['onRequest', 'preValidation'] as const)
    app.addHook(hook, ({ visit }: FastifyRequest, _: FastifyReply, done: () => void) => {
      if (visit.span === null) done()
      else visit.span.within(done)
    })
}

const nothing = Type.Object({})
/** A route without a declared body accepts none, or an empty object. */
const noBody = Type.Optional(nothing)

function readsNoBody(plan: RoutePlan): boolean {
  return plan.readsBody && !plan.streaming && plan.schema.body === undefined && plan.consumes.includes(json)
}

/** Lists, and routes that declare large answers. Streams wait for their reader. */
function mayBeLarge(plan: RoutePlan): boolean {
  return plan.large || 'cursor' in propertiesOf(plan.schema.querystring)
}

type RouteParts = { admission: Admission; log: Log; outgoing: Outgoing }

function planRoutes(app: App, needs: HttpNeeds, { admission, log, outgoing }: RouteParts): void {
  const idempotent = idempotencyHooks(needs.idempotency, (error) =>
    log.error({ err: error }, 'an answer could not be kept under its idempotency key'),
  )
  const building = limitBuilding(outgoing)
  const fixedPaths = new Set<string>()
  /** `DELETE /users/export` is not a request about a user with the id `export`. */
  const refuseFixed = (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
    if (!fixedPaths.has(pathOf(request.url))) return done()
    admission.countUnrouted(request, reply)
    answerUnrouted(app, request, reply)
  }
  app.addHook('onRoute', (route: RouteOptions) => {
    const plan = planRoute(route)
    app.plans.push(plan)
    const isFixed = !plan.pattern.includes(':')
    if (isFixed) fixedPaths.add(plan.pattern)
    route.schema = { querystring: nothing, ...(readsNoBody(plan) ? { body: noBody } : {}), ...route.schema }
    route.onRequest = hooks(isFixed ? [] : refuseFixed, admissionHook(admission, plan), route.onRequest)
    if (plan.proof) route.preHandler = hooks(proofHook(plan.proof, needs.prove), route.preHandler)
    if (plan.faultsOf) {
      route.attachValidation = true
      route.preHandler = hooks(refuseWithAll(plan.faultsOf), route.preHandler)
    }
    route.handler = inAttempt(route.handler)
    if (mayBeLarge(plan)) {
      route.handler = building.inTurn(route.handler)
      route.preHandler = hooks(route.preHandler, building.begin)
      route.onSend = hooks(route.onSend, outgoing.onSend, building.end)
    } else if (plan.streaming && plan.produces.includes(json))
      route.onSend = hooks(route.onSend, outgoing.onSend)
    if (!plan.idempotent) return
    route.preHandler = hooks(route.preHandler, idempotent.preHandler)
    route.onSend = hooks(route.onSend, idempotent.onSend)
  })
}

/** Runs the handler in the attempt of its request, which may be abandoned before. */
function inAttempt(handler: RouteOptions['handler']): RouteOptions['handler'] {
  return function (request, reply) {
    return runAttempt(request.visit.attempt, () => handler.call(this, request, reply))
  }
}

function logAnswers(app: App, log: Log, observe: Observe | undefined): void {
  app.addHook('onResponse', (request: FastifyRequest, reply: FastifyReply, done) => {
    app.deadlines.end(request)
    dropRest(request.raw)
    logRequest(log, request, reply.statusCode, observe)
    done()
  })
}

/** Hooks in the order in which they run. Fastify's types want those of one kind; a route has one, a list or none. */
function hooks<H>(...parts: (H | H[] | undefined)[]): H[] {
  return parts.flatMap((part) => part ?? [])
}
