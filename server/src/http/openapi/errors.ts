/** The errors of an operation, derived from its declarations. */
import { keysOf } from '../../encoding/keys.ts'
import type { ErrorCode } from '../../errors.ts'
import { problems } from '../../problems/problems.ts'
import type { RoutePlan } from '../route-plan.ts'
import { propertiesOf } from '../route-plan.ts'

export const problemSchema = {
  type: 'object',
  description: 'An error (RFC 9457).',
  required: ['type', 'title', 'status', 'detail', 'instance', 'code'],
  properties: {
    type: { type: 'string', format: 'uri', description: 'A page that explains the code.' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string', description: 'The request id, as in `X-Request-Id` and in the log.' },
    code: { type: 'string', enum: Object.keys(problems), description: 'Stable, for programs.' },
    challenge: {
      type: 'string',
      description:
        'With `second_factor_required`: the challenge that the second step of the sign-in answers.',
    },
    trusted_browser_days: {
      type: 'integer',
      description:
        'With `second_factor_required`: the days for which `trust_browser` skips the step; 0 if it never does.',
    },
    methods: {
      type: 'array',
      items: { type: 'string' },
      description:
        'With `second_factor_required`: the factors of the account, or `email_code` if a code was mailed. With `reauthentication_required`: the ways to prove your identity.',
    },
    clock_minutes_behind: {
      type: 'integer',
      description:
        'With `invalid_code`, if the code belongs to other minutes: the minutes by which the clock of the device may be slow; negative if it may be fast.',
    },
    errors: {
      type: 'array',
      description: 'All faults of the input, at most 50.',
      maxItems: 50,
      items: { $ref: '#/components/schemas/Fault' },
    },
  },
}

export const faultSchema = {
  type: 'object',
  description: 'The fault of one member of the input.',
  required: ['pointer', 'code', 'detail'],
  properties: {
    pointer: {
      type: 'string',
      description: 'A JSON pointer (RFC 6901) into the body or the query parameters.',
    },
    code: { type: 'string' },
    detail: { type: 'string' },
  },
}

/** In the order of the catalogue, each once. */
export function errorCodesOf(plan: RoutePlan, requireIfMatch: boolean): ErrorCode[] {
  const found = new Set<ErrorCode>([...general, ...accessErrors(plan), ...inputErrors(plan), ...plan.errors])
  if (plan.access !== 'public' && !plan.whileEnrolling) found.add('factor_required')
  if (!plan.whileImpersonating) found.add('not_while_impersonating')
  if (plan.access !== 'public' && !plan.whilePasswordDue) found.add('password_change_required')
  if (plan.proof) found.add('reauthentication_required').add('forbidden')
  if (plan.conditional) found.add('precondition_failed')
  if (plan.conditional && requireIfMatch) found.add('precondition_required')
  if (plan.idempotent) found.add('idempotency_key_reused').add('idempotency_in_progress')
  return keysOf(problems).filter((code) => found.has(code))
}

const general: readonly ErrorCode[] = [
  'bad_request',
  'invalid_token',
  'invalid_credentials',
  'second_factor_required',
  'denied_by_hook',
  'not_acceptable',
  'uri_too_long',
  'expectation_failed',
  'too_many_requests',
  'headers_too_large',
  'internal_error',
  'dependency_unavailable',
  'overloaded',
]

function accessErrors(plan: RoutePlan): ErrorCode[] {
  const hasPath = plan.pattern.includes(':')
  const missing: ErrorCode[] = hasPath ? ['not_found'] : []
  if (plan.access === 'public') return missing
  if (plan.access === 'signed_in') return ['unauthenticated', ...missing]
  if (typeof plan.access === 'object' && 'self' in plan.access)
    return ['unauthenticated', 'forbidden', 'not_found']
  return ['unauthenticated', 'forbidden', ...missing]
}

function inputErrors(plan: RoutePlan): ErrorCode[] {
  const codes: ErrorCode[] = ['invalid_parameter']
  const query = propertiesOf(plan.schema.querystring)
  if ('cursor' in query) codes.push('invalid_cursor')
  if ('filter' in query) codes.push('invalid_filter')
  if (!plan.readsBody) return codes
  return [
    ...codes,
    'csrf_rejected',
    'malformed_json',
    'invalid_input',
    'body_too_large',
    'unsupported_media_type',
    'request_timeout',
  ]
}

/** One example for each code, by the name of the code. */
export function problemExamples(publicUrl: string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(problems).map(([code, problem]) => [
      code,
      {
        summary: problem.title,
        value: {
          type: `${publicUrl}/problems/${code}`,
          title: problem.title,
          status: problem.status,
          detail: `${problem.title}.`,
          instance: '0199f0a4-7c1e-7000-8000-3f2b1c0d9e8f',
          code,
          ...(code === 'reauthentication_required' ? { methods: ['password'] } : {}),
          ...(code === 'invalid_input' ? { errors: [exampleFault] } : {}),
        },
      },
    ]),
  )
}

const exampleFault = { pointer: '/email', code: 'required', detail: 'Is required.' }
