/**
 * Every error a client can see: a stable code, its HTTP status and its title, in one table. The page at
 * `/problems/<code>` shows `explanation`. A code never changes its meaning; new ones are added.
 */

/** One fault of an invalid input. `pointer` is an RFC 6901 pointer into the body, or into the query parameters as an object. */
export type Fault = { pointer: string; code: string; detail: string }

type Problem = { status: number; title: string; explanation: string }

export const problems = {
  malformed_json: {
    status: 400,
    title: 'The body is not valid JSON',
    explanation:
      'The body must be one JSON value in UTF-8, without a byte order mark, without duplicate member names, and nested at most 16 levels deep.',
  },
  invalid_input: {
    status: 400,
    title: 'The input is not valid',
    explanation:
      'One or more members of the body do not fit. `errors` names each of them with a JSON pointer, a code and a sentence.',
  },
  invalid_parameter: {
    status: 400,
    title: 'A parameter is not valid',
    explanation:
      'A path or query parameter does not fit, is unknown, or is given twice. `errors` names each of them.',
  },
  invalid_cursor: {
    status: 400,
    title: 'The cursor is not valid',
    explanation:
      'Cursors come from the `Link` header of an earlier page and belong to that list, filter and order. Start again without one.',
  },
  invalid_filter: {
    status: 400,
    title: 'The filter is not valid',
    explanation:
      'The `filter` parameter follows the grammar of RFC 7644 §3.4.2.2. `errors` says where it breaks.',
  },
  bad_request: {
    status: 400,
    title: 'The request is malformed',
    explanation: 'The HTTP message itself is not acceptable.',
  },
  invalid_grant: {
    status: 400,
    title: 'The token cannot be used',
    explanation:
      'The token is unknown, expired, already used, or was replaced by a newer one. Ask for a new one or sign in again.',
  },
  unauthenticated: {
    status: 401,
    title: 'Sign in first',
    explanation:
      'This request needs an `Authorization` header (a Bearer access token or API key, or Basic credentials), or the cookie of a session that is still open.',
  },
  invalid_token: {
    status: 401,
    title: 'The token is not valid',
    explanation: 'The access token or API key is malformed, expired or revoked.',
  },
  invalid_credentials: {
    status: 401,
    title: 'The credentials are not valid',
    explanation:
      'No account can be entered with this name and password. The answer is the same whatever the reason is.',
  },
  second_factor_required: {
    status: 401,
    title: 'A second factor is needed',
    explanation:
      'The password is right. Send the `challenge` with a code of one of the `methods` to `POST /auth/login/continue`. Basic does not work for such an account: use an API key.',
  },
  invalid_code: {
    status: 401,
    title: 'The code is not valid',
    explanation: 'A code works once, within its time.',
  },
  forbidden: {
    status: 403,
    title: 'Not allowed',
    explanation: 'The caller is known but lacks the permission for this.',
  },
  reauthentication_required: {
    status: 403,
    title: 'Confirm that it is you',
    explanation:
      'This needs a proof of who you are that is at most 5 minutes old. `methods` lists how to give it: `password` means `POST /auth/step-up` before the request, or `current_password` in its body where it has one. Your own new password or address always needs `current_password`.',
  },
  field_not_writable: {
    status: 403,
    title: 'A field may not be written',
    explanation: 'Some members of the body may only be written by an administrator. `errors` names them.',
  },
  signup_closed: {
    status: 403,
    title: 'Sign-up is closed',
    explanation: 'On this server only administrators create users.',
  },
  permission_not_held: {
    status: 403,
    title: 'Nobody grants more than they hold',
    explanation:
      'The change would give permissions that the caller does not have, or touch an account that has more permissions than the caller.',
  },
  csrf_rejected: {
    status: 403,
    title: 'The request came from another site',
    explanation:
      'A page of another site caused this request. With a session cookie or Basic credentials, which browsers send by themselves, only pages of this server may change something; with Basic also pages of the origins in `ROSTER_CORS_ORIGINS`.',
  },
  not_found: {
    status: 404,
    title: 'Not found',
    explanation: 'Nothing is here, or nothing that the caller may know of.',
  },
  method_not_allowed: {
    status: 405,
    title: 'The method is not allowed here',
    explanation: 'The `Allow` header lists the methods of this resource.',
  },
  not_acceptable: {
    status: 406,
    title: 'No acceptable representation',
    explanation: 'This resource cannot be sent in any of the media types of the `Accept` header.',
  },
  request_timeout: {
    status: 408,
    title: 'The request took too long to arrive',
    explanation: 'The connection is closed when a request is not complete in time.',
  },
  username_taken: {
    status: 409,
    title: 'The username is taken',
    explanation: 'Another user has this username, perhaps in other letters of the same canonical form.',
  },
  email_taken: {
    status: 409,
    title: 'The e-mail address is taken',
    explanation:
      'Another user has this e-mail address, perhaps in another spelling of the same canonical form.',
  },
  external_id_taken: {
    status: 409,
    title: 'The external id is taken',
    explanation: 'Another user has this external id.',
  },
  already_exists: {
    status: 409,
    title: 'It exists already',
    explanation: 'Something with this name exists already.',
  },
  role_in_use: {
    status: 409,
    title: 'The role is in use',
    explanation: 'Users hold this role. Take it from them first.',
  },
  role_built_in: {
    status: 409,
    title: 'The role is built in',
    explanation: 'The roles `admin` and `user` cannot be changed or deleted.',
  },
  last_admin: {
    status: 409,
    title: 'There must be an administrator',
    explanation: 'The change would leave no active administrator who has a password to sign in with.',
  },
  secret_not_allowed: {
    status: 409,
    title: 'The application takes no further secret',
    explanation:
      'A public application has no secret. A confidential one has at most two, so that one can be replaced.',
  },
  already_set_up: { status: 409, title: 'Set-up is done', explanation: 'An administrator exists already.' },
  idempotency_key_reused: {
    status: 409,
    title: 'The idempotency key was used for another request',
    explanation: 'A key stands for one request. Use a new key for a new request.',
  },
  idempotency_in_progress: {
    status: 409,
    title: 'The first request is still running',
    explanation: 'A request with this idempotency key has not finished. Try again shortly.',
  },
  precondition_failed: {
    status: 412,
    title: 'The resource has changed',
    explanation:
      'The `If-Match` header does not name the current version. Read the resource again; the `ETag` header has its version.',
  },
  body_too_large: {
    status: 413,
    title: 'The body is too large',
    explanation: 'A body may have 64 KiB unless the operation says otherwise.',
  },
  uri_too_long: {
    status: 414,
    title: 'The address is too long',
    explanation: 'A path may have 8 KiB and a query string 4 KiB.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The media type is not supported',
    explanation:
      'Send JSON in UTF-8, uncompressed, with `Content-Type: application/json` (or `application/merge-patch+json` for PATCH).',
  },
  expectation_failed: {
    status: 417,
    title: 'The expectation cannot be met',
    explanation: 'The only expectation understood is `100-continue`.',
  },
  precondition_required: {
    status: 428,
    title: 'If-Match is required',
    explanation: 'On this server a change must name the version it is based on in an `If-Match` header.',
  },
  too_many_requests: {
    status: 429,
    title: 'Too many requests',
    explanation: 'Wait for the seconds of the `Retry-After` header.',
  },
  headers_too_large: {
    status: 431,
    title: 'The headers are too large',
    explanation: 'The header block may have 16 KiB.',
  },
  internal_error: {
    status: 500,
    title: 'Something went wrong',
    explanation: 'It is our fault. The log has the cause under the request id.',
  },
  dependency_unavailable: {
    status: 503,
    title: 'Temporarily unavailable',
    explanation:
      'Something the service depends on does not answer. Try again after the seconds of the `Retry-After` header.',
  },
  overloaded: {
    status: 503,
    title: 'Too busy',
    explanation: 'The service is shedding load. Try again after the seconds of the `Retry-After` header.',
  },
} as const satisfies Record<string, Problem>

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
