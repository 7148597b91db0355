/** The errors that have a public face. Their codes stand in `problems/`. */
import { problems } from './problems/problems.ts'

/** One fault of an invalid input. `pointer` is an RFC 6901 pointer into the body, or into the query parameters as an object. */
export type Fault = { pointer: string; code: string; detail: string }

export type ErrorCode = keyof typeof problems

type Details = {
  /** One sentence for the client. Never contains secrets, SQL or paths. */
  detail?: string
  errors?: Fault[]
  retryAfterSeconds?: number
  headers?: Record<string, string>
  /** Further members of the problem document (RFC 9457 §3.2). */
  members?: Record<string, unknown>
  /** For the log only. */
  cause?: unknown
}

/** An error with a public face. Anything else that is thrown becomes `internal_error`. */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly errors: Fault[] | undefined
  readonly detail: string
  readonly retryAfterSeconds: number | undefined
  readonly headers: Record<string, string> | undefined
  readonly members: Record<string, unknown> | undefined

  constructor(code: ErrorCode, details: Details = {}) {
    const detail = details.detail ?? `${problems[code].title}.`
    super(detail, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'AppError'
    this.code = code
    this.status = problems[code].status
    this.detail = detail
    this.errors = details.errors
    this.headers = details.headers
    this.members =
      details.members ?? (code === 'reauthentication_required' ? { methods: ['password'] } : undefined)
    this.retryAfterSeconds = details.retryAfterSeconds ?? (this.status === 503 ? 2 : undefined)
  }
}

/** The error for input with faults: 400 with all of them, at most 50. */
export function invalidInput(errors: Fault[]): AppError {
  const shown = errors.slice(0, 50)
  const detail = errors.length === 1 ? shown[0]!.detail : `${errors.length} members of the input do not fit.`
  return new AppError('invalid_input', { detail, errors: shown })
}

export function isAppError(error: unknown): error is AppError {
  return error instanceof AppError
}
