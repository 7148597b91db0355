/** `Idempotency-Key` on routes that create resources: a repeated request gets the first answer. */
import { createHash } from 'node:crypto'
import { givenUp } from '../attempt.ts'
import { type Caller, type IdempotencyClaim, principalId } from '../caller.ts'
import { isJsonObject, type JsonObject } from '../encoding/json-object.ts'
import { AppError } from '../errors.ts'
import type { AnyReply, AnyRequest } from './any-request.ts'

/**
 * Asserts that the caller may create the resource of this body, as the handler does. The access and the proof of the route
 * are checked before.
 */
export type MayCreate = (caller: Caller, body: JsonObject) => void | Promise<void>

export type StoredAnswer = { status: number; headers: Record<string, string>; body: string }

export type IdempotencyNeeds = {
  /**
   * Claims the key for this request, or returns the result of the earlier one. Of several concurrent requests exactly one
   * gets `new`.
   */
  begin(
    scope: string,
    key: string,
    fingerprint: string,
  ): Promise<
    | { kind: 'new'; claim: IdempotencyClaim }
    | { kind: 'made'; claim: IdempotencyClaim }
    | { kind: 'reused' }
    | { kind: 'in_progress' }
    | ({ kind: 'replay' } & StoredAnswer)
  >
  finish(claim: IdempotencyClaim, answer: StoredAnswer): Promise<void>
  /** Frees the key, so that the request can be tried again. */
  abandon(claim: IdempotencyClaim): Promise<void>
}

const visible = /^[\x21-\x7e]{1,255}$/
const keptHeaders = ['content-type', 'etag', 'location'] as const

export type IdempotencyHooks = {
  preHandler(request: AnyRequest, reply: AnyReply): Promise<unknown>
  onSend(request: AnyRequest, reply: AnyReply, payload: unknown): Promise<unknown>
}

/**
 * The hooks of an idempotent route. A key belongs to its caller (an API key or an application is one), or to the address
 * of an anonymous one, and a caller who has lost the right to the request gets no kept answer. Answers below 500 are stored, except 401, 403 and 429, which depend on more than the request.
 * Invalid input never claims the key. For callers without permissions only created resources are stored, because they may
 * send any number of other requests. If an answer is not stored, the key is freed, unless the request was abandoned and
 * its handler may still run.
 */
export function idempotencyHooks(
  needs: IdempotencyNeeds,
  onLost: (error: unknown) => void,
): IdempotencyHooks {
  const claims = new WeakMap<AnyRequest, IdempotencyClaim>()
  return {
    async preHandler(request, reply) {
      const key = request.headers['idempotency-key']
      if (key === undefined) return
      if (typeof key !== 'string' || !visible.test(key)) {
        throw new AppError('bad_request', {
          detail: 'An Idempotency-Key has 1 to 255 visible ASCII characters.',
        })
      }
      const scope = principalId(request.caller) ?? `anonymous ${request.visit.address}`
      const known = await needs.begin(scope, key, fingerprint(request))
      if (known.kind === 'reused') throw new AppError('idempotency_key_reused')
      if (known.kind === 'in_progress')
        throw new AppError('idempotency_in_progress', { retryAfterSeconds: 1 })
      if (known.kind !== 'new') await assertMayCreate(request)
      if (known.kind === 'replay') return replay(reply, known)
      if (request.visit.attempt.isGivenUp) {
        if (known.kind === 'new') await needs.abandon(known.claim)
        throw givenUp()
      }
      claims.set(request, known.claim)
      // Callers are shared by requests.
      request.caller = { ...request.caller, idempotency: known.claim }
      if (known.kind === 'made') reply.header('idempotency-replayed', 'true')
    },
    async onSend(request, reply, payload) {
      const claim = claims.get(request)
      if (!claim) return payload
      claims.delete(request)
      try {
        const answer = answerToKeep(request, reply, payload)
        if (answer) await needs.finish(claim, answer)
        else if (!request.visit.timedOut) await needs.abandon(claim)
      } catch (error) {
        onLost(error)
      }
      return payload
    },
  }
}

/**
 * For handlers of idempotent routes: the id of the resource that an earlier request with this key created before a crash.
 * The handler answers with it and creates no second one.
 */
export function madeBefore(request: AnyRequest): string | null {
  return request.caller.idempotency?.resourceId ?? null
}

async function assertMayCreate({ visit, caller, body }: AnyRequest): Promise<void> {
  await visit.plan?.idempotent?.(caller, isJsonObject(body) ? body : {})
}

function replay(reply: AnyReply, answer: StoredAnswer): unknown {
  for (const [name, value] of Object.entries(answer.headers)) reply.header(name, value)
  reply.header('idempotency-replayed', 'true')
  reply.code(answer.status)
  reply.send(answer.body === '' ? undefined : Buffer.from(answer.body))
  return reply
}

/** The answer to store; null if the key is freed instead. */
function answerToKeep(request: AnyRequest, reply: AnyReply, payload: unknown): StoredAnswer | null {
  const status = reply.raw.statusCode
  const body = bodyText(payload)
  const isKept = status < 300 || (request.caller.permissions.size > 0 && ![401, 403, 429].includes(status))
  if (!isKept || status >= 500 || body === null) return null
  const headers = keptHeaders.flatMap((name) => {
    const value = reply.getHeader(name)
    return value === undefined ? [] : [[name, String(value)]]
  })
  const kept = status < 300 ? withoutSecrets(body, request.visit.plan?.shownOnce ?? []) : body
  return { status, headers: Object.fromEntries(headers), body: kept }
}

/** The body without these members. */
function withoutSecrets(body: string, names: readonly string[]): string {
  if (names.length === 0) return body
  const answer: unknown = JSON.parse(body)
  const members = isJsonObject(answer) ? Object.entries(answer) : []
  return JSON.stringify(Object.fromEntries(members.filter(([name]) => !names.includes(name))))
}

/** null for a stream, which cannot be stored. */
function bodyText(payload: unknown): string | null {
  if (payload === undefined || payload === null) return ''
  if (typeof payload === 'string') return payload
  return Buffer.isBuffer(payload) ? payload.toString('utf8') : null
}

function fingerprint(request: AnyRequest): string {
  const text = `${request.method} ${request.url}\n${canonical(request.body)}`
  return createHash('sha256').update(text).digest('hex')
}

/** JSON with sorted names, so that the order of members does not matter. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? ''
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, item]) => `${JSON.stringify(name)}:${canonical(item)}`).join(',')}}`
}
