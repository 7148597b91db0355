/** Every failure of a call: the problem document of the service (RFC 9457), or the reason for a missing answer. */
import type { components } from './types.ts'

/** The body of every error answer. */
export type Problem = components['schemas']['Problem']

/** The fault of one member of the input. */
export type Fault = NonNullable<Problem['errors']>[number]

/**
 * The code of the problem document, or `network_error` (no answer), `timeout` (no answer in time) or
 * `unexpected_response` (an answer that is not Roster's, for example a proxy's page).
 */
export type RosterErrorCode = Problem['code'] | 'network_error' | 'timeout' | 'unexpected_response'

export class RosterError extends Error {
  override readonly name = 'RosterError'
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number
  readonly code: RosterErrorCode
  readonly title: string
  readonly detail: string
  /** All faults of the input. */
  readonly errors: readonly Fault[]
  /** The id of the request in the log of the service. */
  readonly request_id: string | undefined
  /** Seconds to wait before the same request may succeed. */
  readonly retry_after: number | undefined

  constructor(
    fields: {
      status: number
      code: RosterErrorCode
      title: string
      detail: string
      errors?: readonly Fault[] | undefined
      request_id?: string | undefined
      retry_after?: number | undefined
    },
    options?: { cause?: unknown },
  ) {
    super(fields.detail, options)
    this.status = fields.status
    this.code = fields.code
    this.title = fields.title
    this.detail = fields.detail
    this.errors = fields.errors ?? []
    this.request_id = fields.request_id
    this.retry_after = fields.retry_after
  }

  /** The faults by their JSON pointer: `/email`, `/metadata/plan`. */
  get errorsByPointer(): Record<string, Fault[]> {
    const found: Record<string, Fault[]> = Object.create(null)
    for (const fault of this.errors) {
      found[fault.pointer] ??= []
      found[fault.pointer]!.push(fault)
    }
    return found
  }
}

/** True for a `RosterError`, and with `code` for one with that code. Works across copies of this package. */
export function isRosterError(error: unknown, code?: RosterErrorCode): error is RosterError {
  if (!(error instanceof Error) || error.name !== 'RosterError') return false
  return code === undefined || (error as RosterError).code === code
}

/** Reads the error out of an answer that is not a success. */
export async function errorOf(response: Response): Promise<RosterError> {
  const text = await response.text().catch(() => '')
  const request_id = response.headers.get('x-request-id') ?? undefined
  const retry_after = retryAfterOf(response)
  const problem = problemIn(text)
  if (problem === null) {
    return new RosterError({
      status: response.status,
      code: 'unexpected_response',
      title: 'The answer is not from Roster',
      detail: `The server answered ${response.status} without a problem document.`,
      request_id,
      retry_after,
    })
  }
  const { status, code, title, detail, errors, instance } = problem
  return new RosterError({
    status,
    code,
    title,
    detail,
    errors,
    request_id: request_id ?? instance,
    retry_after,
  })
}

export function retryAfterOf(response: Response): number | undefined {
  const header = response.headers.get('retry-after')
  if (header === null) return undefined
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined
}

function problemIn(text: string): Problem | null {
  try {
    const value = JSON.parse(text) as Problem | null
    return typeof value === 'object' && typeof value?.code === 'string' ? value : null
  } catch {
    return null
  }
}
