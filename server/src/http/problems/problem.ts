/** Every error as a problem document (RFC 9457). */
import { AppError, type ErrorCode, isAppError, thrown } from '../../errors.ts'
import { type LookSettings, lookOf } from '../../html/page-layout.ts'
import { closeAfterAnswer, hurryBody, isBodyPending } from '../connection/connection.ts'
import { hasBody } from '../message/media-types.ts'
import { isScim, scimErrorBody, scimJson } from '../scim.ts'
import type { AnyReply, AnyRequest } from '../types.ts'
import { problemDocument, problemJson } from './document.ts'
import { errorPage, errorPagePolicy, wantsPage } from './error-page.ts'

const fastifyErrors: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'bad_request',
  FST_ERR_BAD_URL: 'bad_request',
  FST_ERR_MAX_PARAM_LENGTH: 'not_found',
  ECONNRESET: 'bad_request',
}

/** The public error of a thrown value; unknown values become `internal_error` with the value as its cause. */
export function asAppError(error: unknown): AppError {
  if (isAppError(error)) return error
  const { code } = thrown(error)
  const known = typeof code === 'string' ? fastifyErrors[code] : undefined
  return known ? new AppError(known) : new AppError('internal_error', { cause: error })
}

export type ProblemSender = (error: unknown, request: AnyRequest, reply: AnyReply) => void

/** The error handler of the server. The cause of a 5xx is stored only in `visit.failure`, for the log line. */
export function problemSender(options: LookSettings & { basicAuth: boolean }): ProblemSender {
  const look = lookOf(options)
  return (failure, request, reply) => {
    const error = asAppError(failure)
    if (error.status >= 500) request.visit.failure = error.cause
    for (const [name, value] of Object.entries(error.headers ?? {})) reply.header(name.toLowerCase(), value)
    if (error.status === 401) reply.header('www-authenticate', challenges(error, request, options.basicAuth))
    if (error.retryAfterSeconds !== undefined) reply.header('retry-after', String(error.retryAfterSeconds))
    settleConnection(error, request, reply)
    reply.code(error.status)
    if (isScim(request.url)) {
      reply.header('content-type', scimJson)
      reply.send(Buffer.from(JSON.stringify(scimErrorBody(error))))
      return
    }
    if (wantsPage(request)) {
      reply.header('content-type', 'text/html; charset=utf-8').header('vary', 'Accept, Origin')
      reply.header('content-security-policy', errorPagePolicy)
      reply.send(Buffer.from(errorPage(look, error, request)))
      return
    }
    reply.header('content-type', problemJson)
    reply.send(Buffer.from(problemDocument(error, options.publicUrl, request.id)))
  }
}

/**
 * The challenges of a 401 (RFC 6750 §3, RFC 7617 §2). Basic is first, because proxies such as nginx forward only the
 * first one. Basic is not offered to clients that use tokens, on sign-in routes, or to browsers, which would show a
 * password dialog and store the password.
 */
function challenges(error: AppError, request: AnyRequest, basicAuth: boolean): string[] {
  const bearer =
    error.code === 'invalid_token' ? 'Bearer realm="roster", error="invalid_token"' : 'Bearer realm="roster"'
  const offersBasic =
    basicAuth &&
    !isBrowser(request.headers) &&
    !request.url.startsWith('/auth/') &&
    !/^bearer\b/i.test(request.headers.authorization ?? '')
  return offersBasic ? ['Basic realm="roster", charset="UTF-8"', bearer] : [bearer]
}

/** Browsers send fetch metadata only over https and to localhost, but all their user agents begin with `Mozilla/`. */
function isBrowser(headers: AnyRequest['headers']): boolean {
  return (
    headers['sec-fetch-mode'] === 'navigate' ||
    headers['sec-fetch-site'] !== undefined ||
    /^Mozilla\//.test(headers['user-agent'] ?? '') ||
    /\btext\/html\b/.test(headers.accept ?? '')
  )
}

/**
 * Keeps the connection if the complete request has arrived or will soon arrive. Otherwise it announces the end of the
 * connection and drops the rest.
 */
function settleConnection(error: AppError, request: AnyRequest, reply: AnyReply): void {
  if (isBodyPending(request.raw) || error.code === 'request_timeout') {
    reply.header('connection', 'close')
    closeAfterAnswer(request.raw)
  } else if (!request.visit.closing) {
    reply.removeHeader('connection')
    if (!request.raw.complete && hasBody(request.raw)) hurryBody(request.raw)
  }
}
