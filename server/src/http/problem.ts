/** Every error as a problem document (RFC 9457). */
import { AppError, type ErrorCode, type Fault, isAppError, problems } from '../errors.ts'
import type { AnyReply, AnyRequest } from './app.ts'
import { closeAfterAnswer, isBodyPending } from './connection.ts'

export const problemJson = 'application/problem+json'

const fastifyErrors: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'bad_request',
  FST_ERR_BAD_URL: 'bad_request',
  FST_ERR_MAX_PARAM_LENGTH: 'not_found',
  ECONNRESET: 'bad_request',
}

const maxFaults = 50
const maxFaultBytes = 14 * 1024

/** The public face of anything that was thrown; what is not known becomes `internal_error` and keeps its cause. */
export function asAppError(error: unknown): AppError {
  if (isAppError(error)) return error
  const code = (error as { code?: unknown } | null)?.code
  const known = typeof code === 'string' ? fastifyErrors[code] : undefined
  return known ? new AppError(known) : new AppError('internal_error', { cause: error })
}

/** The document as it is sent; `instance` is the request id. */
export function problemDocument(error: AppError, publicUrl: string, requestId: string): string {
  return JSON.stringify({
    type: `${publicUrl}/problems/${error.code}`,
    title: problems[error.code].title,
    status: error.status,
    detail: error.detail,
    instance: requestId,
    code: error.code,
    errors: error.errors && shownFaults(error.errors),
  })
}

export type ProblemSender = (error: unknown, request: AnyRequest, reply: AnyReply) => void

/** The error handler of the server. A 5xx leaves its cause in `visit.failure` for the log line and nowhere else. */
export function problemSender(options: { publicUrl: string; basicAuth: boolean }): ProblemSender {
  return (thrown, request, reply) => {
    const error = asAppError(thrown)
    if (error.status >= 500) request.visit.failure = error.cause
    for (const [name, value] of Object.entries(error.headers ?? {})) reply.header(name.toLowerCase(), value)
    if (error.status === 401) reply.header('www-authenticate', challenges(error, request, options.basicAuth))
    if (error.retryAfterSeconds !== undefined) reply.header('retry-after', String(error.retryAfterSeconds))
    settleConnection(request, reply)
    reply.header('content-type', problemJson)
    reply.code(error.status)
    reply.send(Buffer.from(problemDocument(error, options.publicUrl, request.id)))
  }
}

/**
 * The challenges of a 401 (RFC 6750 §3, RFC 7617 §2). A script in a browser is not offered Basic: the browser
 * would ask for a password over our own page.
 */
function challenges(error: AppError, request: AnyRequest, basicAuth: boolean): string[] {
  const bearer =
    error.code === 'invalid_token' ? 'Bearer realm="roster", error="invalid_token"' : 'Bearer realm="roster"'
  const mode = request.headers['sec-fetch-mode']
  const offersBasic = basicAuth && (mode === undefined || mode === 'navigate')
  return offersBasic ? [bearer, 'Basic realm="roster", charset="UTF-8"'] : [bearer]
}

/** Keeps the connection when the whole request has arrived, else announces its end and drops the rest. */
function settleConnection(request: AnyRequest, reply: AnyReply): void {
  if (isBodyPending(request.raw)) {
    reply.header('connection', 'close')
    closeAfterAnswer(request.raw)
  } else if (request.raw.complete && !request.visit.closing) {
    reply.removeHeader('connection')
  }
}

function shownFaults(faults: readonly Fault[]): Fault[] {
  const shown: Fault[] = []
  let bytes = 0
  for (const fault of faults.slice(0, maxFaults)) {
    bytes += Buffer.byteLength(fault.pointer) + Buffer.byteLength(fault.detail) + fault.code.length + 50
    if (bytes > maxFaultBytes) break
    shown.push(fault)
  }
  return shown
}
