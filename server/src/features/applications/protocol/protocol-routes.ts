/** The endpoints of OpenID Connect and OAuth 2. Their errors have the form of RFC 6749, not of problem documents. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { AppError } from '../../../errors.ts'
import { languageOf } from '../../../html/language.ts'
import { type LookSettings, layOut, lookOf } from '../../../html/page-layout.ts'
import type { RateLimit } from '../../../http/admission/rate-limit.ts'
import { readForm } from '../../../http/message/form.ts'
import type { AnyReply, AnyRequest, App } from '../../../http/types.ts'
import { textsIn } from '../../../texts/texts.ts'
import { consentPage } from '../pages/consent.ts'
import type { Introspection } from './introspection.ts'
import type { Protocol } from './protocol.ts'
import { applicationPath, discoveryDocument, paths, stepPath } from './settings.ts'

const form = 'application/x-www-form-urlencoded'
const codeLimit: RateLimit = { name: 'device-code', limit: 20, seconds: 60, per: 'address' }
/** With `no-referrer`, a browser sends `Origin: null` with a form, which the origin check would refuse. */
const referrerPolicy = 'same-origin'
const pageSecurity = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

export const protocolRoutes =
  (protocol: Protocol, introspect: Introspection, options: LookSettings) => (app: App) => {
    const { protocol: scheme, host } = new URL(options.publicUrl)
    const document = discoveryDocument(options.publicUrl)
    const look = lookOf(options)

    const serve = async (request: FastifyRequest, reply: FastifyReply) => {
      // The library trusts these headers, so clients must not set them.
      request.raw.headers['x-forwarded-proto'] = scheme.slice(0, -1)
      request.raw.headers['x-forwarded-host'] = host
      request.raw.headers['x-forwarded-for'] = request.visit.address
      reply.hijack()
      for (const [name, value] of Object.entries(reply.getHeaders()))
        if (value !== undefined) reply.raw.setHeader(name, value)
      reply.raw.setHeader('content-security-policy', pageSecurity)
      reply.raw.setHeader('referrer-policy', referrerPolicy)
      await protocol.handle(request.raw, reply.raw, request.caller).catch((error: unknown) => {
        request.visit.failure = error
        if (!reply.raw.headersSent) reply.raw.writeHead(500, { 'content-type': 'application/json' })
        reply.raw.end('{"error":"server_error"}')
      })
    }

    for (const path of ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']) {
      app.get(
        path,
        {
          config: { access: 'public' },
          schema: {
            operationId: path.includes('openid') ? 'getOpenidConfiguration' : 'getAuthorizationServer',
            tags: ['openid-connect'],
            summary: 'What the service offers to applications (OpenID Connect Discovery, RFC 8414)',
            description: 'Most libraries need only the issuer and read everything else here.',
            response: { 200: Type.Object({}, { additionalProperties: true }) },
          },
        },
        async (_request, reply) => {
          reply.header('cache-control', 'public, max-age=300').header('access-control-allow-origin', '*')
          return document
        },
      )
    }

    // RFC 8414 puts the path of the issuer after the well-known path, at the root of the host.
    if (look.base !== '')
      app.get(
        `/.well-known/oauth-authorization-server${look.base}`,
        { config: { access: 'public', hidden: true } },
        async () => document,
      )

    const browser = {
      access: 'public',
      hidden: true,
      produces: ['application/json', 'text/html'],
      whileImpersonating: false,
    } as const
    app.get(paths.authorization, { config: browser, schema: anyQuery }, serve)
    app.post(paths.authorization, { config: { ...browser, consumes: [form] }, schema: anyBody }, serve)
    app.get(`${paths.authorization}/:uid`, { config: browser, schema: anyQuery }, serve)
    // A user can also end a session in which a password or second factor is due.
    const leaving = { ...browser, whileEnrolling: true, whilePasswordDue: true } as const
    app.get(paths.end_session, { config: leaving, schema: anyQuery }, serve)
    app.post(paths.end_session, { config: { ...leaving, consumes: [form] }, schema: anyBody }, serve)
    app.post(
      `${paths.end_session}/confirm`,
      { config: { ...leaving, consumes: [form] }, schema: anyBody },
      serve,
    )
    app.get(`${paths.end_session}/success`, { config: leaving, schema: anyQuery }, serve)

    // Codes are short, so guesses are counted.
    const typed = { ...browser, rateLimit: codeLimit }
    app.get(paths.code_verification, { config: browser, schema: anyQuery }, serve)
    app.post(paths.code_verification, { config: { ...typed, consumes: [form] }, schema: anyBody }, serve)
    app.get(`${paths.code_verification}/:uid`, { config: browser, schema: anyQuery }, serve)

    // Here the Authorization header contains the credentials of an application, not of a user.
    const direct = {
      access: 'public',
      hidden: true,
      produces: ['application/json', 'text/html'],
      ownCredentials: true,
    } as const
    for (const path of [
      paths.token,
      paths.revocation,
      paths.pushed_authorization_request,
      paths.device_authorization,
      paths.userinfo,
    ]) {
      app.post(path, { config: { ...direct, consumes: [form] }, schema: anyBody }, serve)
      app.options(path, { config: direct }, serve)
    }
    app.get(paths.userinfo, { config: direct, schema: anyQuery }, serve)

    app.post(
      paths.introspection,
      { config: { ...direct, consumes: [form] }, schema: anyBody },
      async (request, reply) => {
        const text = await readForm(request.body, maxForm)
        const { requestId, address, userAgent } = request.caller
        const origin = { requestId, address, userAgent }
        const { status, body } = await introspect(request.raw.headers.authorization, text, origin)
        if (status === 401) reply.header('www-authenticate', `Basic realm="${options.publicUrl}"`)
        return reply.code(status).header('cache-control', 'no-store').send(body)
      },
    )

    const interaction = stepPath(':uid')
    const params = Type.Object({ uid: Type.String({ maxLength: 100 }) })
    app.get(
      interaction,
      {
        config: { access: 'public', hidden: true, produces: ['text/html'], whileImpersonating: false },
        schema: { params },
      },
      (request, reply) => go(request, reply, null),
    )
    app.get(
      applicationPath(':uid'),
      {
        config: { access: 'public', hidden: true, whileImpersonating: false },
        schema: { params, response: { 200: Type.Object({ name: Type.String() }) } },
      },
      async (request, reply) => {
        reply.header('cache-control', 'no-store')
        const name = await protocol.pendingApplication(request.raw, reply.raw).catch(refuse)
        if (name === undefined) throw new AppError('not_found')
        return { name }
      },
    )
    app.post(
      interaction,
      {
        config: { access: 'public', hidden: true, produces: ['text/html'], consumes: [form] },
        schema: { params, ...anyBody },
      },
      async (request, reply) => {
        const decision = new URLSearchParams(await readForm(request.body, maxForm)).get('decision')
        return go(request, reply, decision === 'allow' ? 'allow' : 'deny')
      },
    )
    const go = async (request: AnyRequest, reply: AnyReply, decision: 'allow' | 'deny' | null) => {
      const step = await protocol.step(request.raw, reply.raw, request.caller, decision).catch(refuse)
      if (step.kind === 'redirect') {
        reply.code(303)
        return reply.header('location', step.location).send()
      }
      reply
        .header('content-type', 'text/html; charset=utf-8')
        .header('content-security-policy', pageSecurity)
        .header('referrer-policy', referrerPolicy)
      const language = languageOf(step.locale, step.uiLocales, request.headers['accept-language'])
      const action = look.base + request.url
      return reply.send(layOut(look, consentPage(language, step.application, step.scopes, action)))
    }
  }

const anyQuery = { querystring: Type.Object({}, { additionalProperties: true }) }
const anyBody = { body: Type.Any() }
const maxForm = 8192

/** For a step that the browser has not started, or that has ended. @throws not_found */
function refuse(error: unknown): never {
  if (error instanceof Error && error.name === 'SessionNotFound')
    throw new AppError('not_found', {
      detail: textsIn('en').errors.details.sign_in_lost,
    })
  throw error
}
