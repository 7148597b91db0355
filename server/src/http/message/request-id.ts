import type { IncomingMessage } from 'node:http'
import { newId } from '../../clock.ts'

const wellFormed = /^[A-Za-z0-9._-]{1,128}$/

/** The client's `X-Request-Id` when it is well-formed, else a new id. */
export function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id']
  return typeof given === 'string' && wellFormed.test(given) ? given : newId()
}
