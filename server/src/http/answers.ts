import type { AnyReply } from './types.ts'

/**
 * Sends the answer of a handler. Its type is not compared with the schema of the route: the tests compare each answer with
 * the OpenAPI document.
 */
export function sendBody(reply: AnyReply, body?: unknown): never {
  return reply.send(body) as never
}

/** Sends an answer without a body: 204, or 202 for what happens later. */
export function sendNothing(reply: AnyReply, status: 202 | 204 = 204): never {
  reply.code(status)
  return sendBody(reply)
}
