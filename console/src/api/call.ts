/** Sends a request to the service as the signed-in user. */
import { page } from '../page.ts'
import { fetchPatiently } from './patience.ts'
import { noteRead } from './recent-read.ts'

export type Fault = { pointer: string; code: string; detail: string }
type Problem = {
  code?: string
  title?: string
  detail?: string
  instance?: string
  errors?: Fault[]
  methods?: string[]
  clock_minutes_behind?: number
}
type Query = Record<string, string | number | boolean | undefined>
export type Options = {
  query?: Query
  body?: unknown
  ifMatch?: string
  signal?: AbortSignal
  headers?: Record<string, string>
}
export type Result<Data> = { data: Data; etag: string | undefined; headers: Headers }

/** An error of the service, or status 0 if it could not be reached. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly faults: readonly Fault[]
  readonly requestId: string | undefined
  readonly retryAfter: number
  /** The methods of a fresh proof, if the service requires one. */
  readonly methods: readonly string[]
  /** The age of the code of an app in minutes; below 0 for a future code. */
  readonly clockMinutesBehind: number
  constructor(status: number, problem: Problem, retryAfter = 0) {
    super(problem.detail ?? problem.title ?? '')
    this.status = status
    this.code = problem.code ?? 'unknown'
    this.faults = problem.errors ?? []
    this.requestId = problem.instance
    this.retryAfter = retryAfter
    this.methods = problem.methods ?? []
    this.clockMinutesBehind = problem.clock_minutes_behind ?? 0
  }
}

/** An error in the browser before a request was sent, in the language of the user. */
export function refusal(text: string): ApiError {
  return new ApiError(-1, { code: 'refused', detail: text })
}

let onSessionEnd = () => {}
/** Notifies the pages when the session has ended during the work. */
export function whenSessionEnds(listener: () => void): void {
  onSessionEnd = listener
}

type AskForProof = (methods: readonly string[]) => Promise<boolean>

let askForProof: AskForProof = async () => false
/** Asks the user for a fresh proof. @returns whether the user gave it */
export function whenProofIsNeeded(ask: AskForProof): void {
  askForProof = ask
}

export async function call<Data>(method: string, path: string, options: Options = {}): Promise<Result<Data>> {
  const response = await request(method, path, options)
  const text = await response.text()
  return {
    data: (text === '' ? undefined : JSON.parse(text)) as Data,
    etag: response.headers.get('etag') ?? undefined,
    headers: response.headers,
  }
}

/**
 * Returns the response with an unread body. A request that needs a fresh proof is repeated after the user gave one.
 * @throws ApiError
 */
export async function request(method: string, path: string, options: Options = {}): Promise<Response> {
  try {
    return await send(method, path, options)
  } catch (error) {
    const needsProof = error instanceof ApiError && error.code === 'reauthentication_required'
    if (!needsProof || !(await askForProof(error.methods))) throw error
    return send(method, path, options)
  }
}

async function send(method: string, path: string, options: Options): Promise<Response> {
  const { query, body, ifMatch, signal, headers: extra } = options
  const headers = new Headers({ accept: 'application/json', ...extra })
  if (body !== undefined && !headers.has('content-type'))
    headers.set('content-type', method === 'PATCH' ? 'application/merge-patch+json' : 'application/json')
  if (ifMatch) headers.set('if-match', ifMatch)
  let response: Response
  try {
    response = await fetchPatiently(`${page.base}${path}${queryText(query)}`, {
      method,
      headers,
      credentials: 'same-origin',
      cache: 'no-store',
      ...(signal && { signal }),
      ...(body !== undefined && { body: body instanceof Blob ? body : JSON.stringify(body) }),
    })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new ApiError(0, { code: 'unreachable' })
  }
  if (response.ok) {
    if (method === 'GET') noteRead(`${path}${queryText(query)}`)
    return response
  }
  const text = await response.text()
  const problem = /^\s*\{/.test(text) ? (JSON.parse(text) as Problem) : {}
  if (response.status === 401 && (problem.code === 'unauthenticated' || problem.code === 'invalid_token'))
    onSessionEnd()
  throw new ApiError(response.status, problem, Number(response.headers.get('retry-after') ?? 0))
}

export function queryText(query: Query = {}): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== '') parameters.set(name, String(value))
  return parameters.size > 0 ? `?${parameters}` : ''
}
