/** The errors that clients see. Their codes are in `problems/`. */
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

/** The default detail of errors whose title alone does not help. It is the same for hidden and for missing resources. */
const usualDetails: Partial<Record<ErrorCode, string>> = {
  not_found: 'There is no such resource, or the caller may not see it.',
}

/** An error that clients see. Every other thrown value becomes `internal_error`. */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly errors: Fault[] | undefined
  readonly detail: string
  readonly retryAfterSeconds: number | undefined
  readonly headers: Record<string, string> | undefined
  readonly members: Record<string, unknown> | undefined

  constructor(code: ErrorCode, details: Details = {}) {
    const detail = details.detail ?? usualDetails[code] ?? `${problems[code].title}.`
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
  const detail =
    errors.length === 1 ? sentenceOf(shown[0]!) : `${errors.length} fields are not valid: ${namesOf(shown)}.`
  return new AppError('invalid_input', { detail, errors: shown })
}

/** The error for a request without the caller's own password, which it needs. */
export function passwordMissing(): AppError {
  return new AppError('reauthentication_required', {
    detail: 'Send the password of your account as `current_password`.',
    errors: [{ pointer: '/current_password', code: 'required', detail: 'Is required.' }],
  })
}

/** The fault as a sentence that names the member: `email` is required. */
export function sentenceOf({ pointer, detail }: Fault): string {
  const name = nameOf(pointer)
  if (name === '' || detail.includes(`\`${name}\``)) return detail
  return /^(Is|Must|Does|Has) /.test(detail)
    ? `\`${name}\` ${detail[0]!.toLowerCase()}${detail.slice(1)}`
    : `\`${name}\`: ${detail}`
}

const shownNames = 5

function namesOf(errors: readonly Fault[]): string {
  const names = [...new Set(errors.map(({ pointer }) => nameOf(pointer)).filter((name) => name !== ''))]
  return `${names.slice(0, shownNames).join(', ')}${names.length > shownNames ? ' …' : ''}`
}

/** `metadata.team` for `/metadata/team`; long names of a client are truncated. */
const nameOf = (pointer: string): string =>
  pointer.slice(1, 100).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~')

/** The properties of errors of Node, `pg`, SQLite and Nodemailer. */
export type Thrown = {
  message: string
  code?: string
  /** SQLite's extended result code. */
  errcode?: number
  errstr?: string
  constraint?: string
  cause?: unknown
  /** Of an SMTP server. */
  command?: string
  responseCode?: number
  response?: string
  /** Of an AggregateError. */
  errors?: readonly unknown[]
}

/** Reads the properties of a caught value of any type. */
export function thrown(error: unknown): Thrown {
  return typeof error === 'object' && error !== null ? (error as Thrown) : { message: String(error) }
}

/** A caught value as an Error. */
export function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error), { cause: error })
}

export function isAppError(error: unknown): error is AppError {
  return error instanceof AppError
}
