/** One attempt to deliver a message: a signed POST. */

import { nowMs } from '../../../clock.ts'
import type { Egress } from '../../../egress/egress.ts'
import { signedHeaders } from '../../../egress/signing.ts'

/**
 * The errors of an attempt. They tell which ports are open, but only of public servers and of the networks that the
 * operator allowed: other addresses are refused before a connection.
 */
export const attemptErrors = [
  ...(['address_not_allowed', 'name_not_resolved', 'connection_refused', 'tls_failed', 'timeout'] as const),
  ...(['no_answer', 'redirect', 'bad_status', 'gone'] as const),
] as const
export type AttemptError = (typeof attemptErrors)[number]

export type Attempt = {
  request_body: string
  response_status: number | null
  response_body: string | null
  error: AttemptError | null
}

export type AttemptNeeds = {
  fetch: Egress['fetch']
  /** Why a request could not be made or got no answer; undefined for other errors. */
  reasonOf(error: unknown): string | undefined
}

const timeoutMs = 5_000
const maxBytes = 64 * 1024
/** The number of characters of the answer that are kept. */
const keptCharacters = 2_000

export async function attempt(
  { fetch, reasonOf }: AttemptNeeds,
  { url, secrets, id, body }: { url: string; secrets: readonly string[]; id: string; body: string },
  signal?: AbortSignal,
): Promise<Attempt> {
  const seconds = Math.floor(nowMs() / 1000)
  const nothing = { request_body: body, response_status: null, response_body: null }
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Roster-Webhooks',
        ...signedHeaders(secrets, { id, seconds, body }),
      },
      body,
      ...(signal && { signal }),
      timeoutMs,
      maxBytes,
      longBody: 'cut',
      purpose: 'webhook delivery',
    })
    const text = (await response.text()).replaceAll('\0', '\ufffd').toWellFormed().slice(0, keptCharacters)
    return {
      request_body: body,
      response_status: response.status,
      response_body: text.toWellFormed(),
      error: errorOf(response.status),
    }
  } catch (error) {
    if (signal?.aborted) throw error
    const reason = reasonOf(error)
    if (reason === undefined) throw error
    return { ...nothing, error: errorFor(reason) }
  }
}

/** @param reason of the egress */
function errorFor(reason: string): AttemptError {
  if (reason === 'url_not_allowed') return 'address_not_allowed'
  return attemptErrors.find((error) => error === reason) ?? 'no_answer'
}

function errorOf(status: number): AttemptError | null {
  if (status >= 200 && status < 300) return null
  if (status >= 300 && status < 400) return 'redirect'
  return status === 410 ? 'gone' : 'bad_status'
}
