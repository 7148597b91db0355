/** Sends requests: URL, credentials, timeouts, retries, errors. */
import { errorOf, RosterError, retryAfterOf } from './errors.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** The options of every call. */
export type CallOptions = {
  /** Aborts the call, including its waits, with the reason of the signal. */
  signal?: AbortSignal | undefined
  headers?: Record<string, string> | undefined
}

export type OutgoingRequest = CallOptions & {
  method: Method
  /** With its parameters filled in, without the query. */
  path: string
  query?: Record<string, unknown> | undefined
  /** Sent as JSON. */
  json?: unknown
  /** Sent unchanged; its type is in `headers`. */
  body?: BodyInit | undefined
  /** False sends no credentials: sign-in and links of mails. */
  authenticated?: boolean
  /** With false the request is repeated only if the overloaded service refused it unread. */
  retry?: boolean
  /** False for imports and exports, which may take hours. */
  limited?: boolean
}

/** The credentials of the calls. */
export type Credentials = {
  mode: RequestCredentials
  /** The bearer token for the next request, or undefined for none. */
  token(signal?: AbortSignal): Promise<string | undefined>
  /**
   * Called when the service refused this token. Returns true if there is a new one, so that the request can be repeated.
   */
  refused(token: string, signal?: AbortSignal): Promise<boolean>
}

export type TransportOptions = {
  baseUrl: string
  fetch: typeof fetch
  credentials: Credentials
  /** The maximum number of repetitions of a request. */
  retries: number
  /** The maximum wait before a repetition; a longer `Retry-After` is thrown as the error. */
  maxRetryDelayMs: number
  /** The timeout of one request. */
  timeoutMs: number
}

export type Transport = {
  /** @throws RosterError for everything but a 2xx (or 304) answer, or the reason of the signal */
  send(request: OutgoingRequest): Promise<Response>
}

export function createTransport(options: TransportOptions): Transport {
  const once = async (request: OutgoingRequest): Promise<Response> => {
    const token =
      request.authenticated === false ? undefined : await options.credentials.token(request.signal)
    const response = await fetchOnce(options, request, token)
    if (response.status !== 401 || token === undefined) return response
    const error = await errorOf(response.clone())
    if (error.code !== 'invalid_token' || !isRepeatable(request)) return response
    if (!(await options.credentials.refused(token, request.signal))) return response
    await response.body?.cancel()
    return fetchOnce(options, request, await options.credentials.token(request.signal))
  }

  return {
    async send(request) {
      let mayHaveHappened = false
      for (let attempt = 0; ; attempt += 1) {
        const last = attempt >= options.retries || !isRepeatable(request)
        let response: Response
        try {
          response = await once(request)
        } catch (error) {
          const isFault = error instanceof RosterError && error.status === 0
          if (last || !isFault || request.retry === false || !isSafeToRepeat(request)) throw error
          mayHaveHappened = true
          await wait(backOffMs(attempt), request.signal)
          continue
        }
        if (response.ok || response.status === 304) return response
        // The first DELETE succeeded, but its answer was lost.
        if (mayHaveHappened && request.method === 'DELETE' && response.status === 404) {
          await response.body?.cancel()
          return new Response(null, { status: 204 })
        }
        const error = await errorOf(response)
        const delayMs = delayBefore(error, retryAfterOf(response), attempt, request)
        if (last || delayMs === null || delayMs > options.maxRetryDelayMs) throw error
        await wait(delayMs, request.signal)
      }
    },
  }
}

async function fetchOnce(
  options: TransportOptions,
  request: OutgoingRequest,
  token: string | undefined,
): Promise<Response> {
  const headers = new Headers(request.headers)
  if (!headers.has('accept')) headers.set('accept', 'application/json, application/problem+json')
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`)
  if (request.json !== undefined && !headers.has('content-type'))
    headers.set('content-type', 'application/json')
  const body = request.json === undefined ? request.body : JSON.stringify(request.json)
  const limit = new AbortController()
  const abort = () => limit.abort(request.signal?.reason)
  if (request.signal?.aborted) throw request.signal.reason
  request.signal?.addEventListener('abort', abort)
  let timedOut = false
  const timer =
    request.limited === false
      ? undefined
      : setTimeout(() => {
          timedOut = true
          limit.abort()
        }, options.timeoutMs)
  try {
    const response = await options.fetch(options.baseUrl + request.path + queryOf(request.query), {
      method: request.method,
      headers,
      credentials: options.credentials.mode,
      signal: limit.signal,
      ...(body === undefined ? {} : { body }),
      // Node and Chrome require this when the body is a stream.
      ...(isStream(body) ? ({ duplex: 'half' } as object) : {}),
    })
    // The timeout includes the body, unless the caller reads it as a stream.
    if (request.limited === false) return response
    const bytes = await response.arrayBuffer()
    const isEmpty = bytes.byteLength === 0
    return new Response(isEmpty ? null : bytes, { status: response.status, headers: response.headers })
  } catch (error) {
    if (request.signal?.aborted) throw request.signal.reason
    const [code, detail] = timedOut
      ? (['timeout', `The service did not answer within ${options.timeoutMs} ms.`] as const)
      : (['network_error', 'The service cannot be reached.'] as const)
    throw new RosterError({ status: 0, code, title: 'No answer', detail }, { cause: error })
  } finally {
    clearTimeout(timer)
    if (request.limited !== false) request.signal?.removeEventListener('abort', abort)
  }
}

/** Arrays become several parameters; undefined and null are left out. */
function queryOf(query: Record<string, unknown> = {}): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value].flat()) {
      if (one !== undefined && one !== null) parameters.append(name, String(one))
    }
  }
  const text = parameters.toString()
  return text === '' ? '' : `?${text}`
}

function isStream(body: unknown): body is ReadableStream {
  return typeof ReadableStream !== 'undefined' && body instanceof ReadableStream
}

/** A stream can be sent once. */
function isRepeatable(request: OutgoingRequest): boolean {
  return !isStream(request.body)
}

/**
 * Whether the request is idempotent. A change with `If-Match` is not: if the first answer is lost, the second request
 * conflicts with the first change.
 */
function isSafeToRepeat({ method, headers = {} }: OutgoingRequest): boolean {
  const names = new Set(Object.keys(headers).map((name) => name.toLowerCase()))
  if (method === 'GET') return true
  if (method === 'PUT' || method === 'DELETE') return !names.has('if-match')
  return names.has('idempotency-key')
}

/** The milliseconds to wait before a repetition; null if it does not help. */
function delayBefore(
  error: RosterError,
  retryAfter: number | undefined,
  attempt: number,
  request: OutgoingRequest,
): number | null {
  if (request.retry === false && error.code !== 'overloaded') return null
  const untouched = error.status === 429 || error.code === 'overloaded'
  const passing = error.status === 503 || error.status === 502 || error.status === 504
  const inProgress = error.code === 'idempotency_in_progress'
  if (!untouched && !inProgress && !(passing && isSafeToRepeat(request))) return null
  return retryAfter === undefined ? backOffMs(attempt) : retryAfter * 1000
}

function backOffMs(attempt: number): number {
  return 200 * 2 ** attempt * (0.5 + Math.random())
}

function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const stop = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal?.addEventListener('abort', stop, { once: true })
  })
}
