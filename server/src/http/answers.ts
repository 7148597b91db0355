import type { AnyReply } from './types.ts'

/**
 * The answer of a handler. The compiler does not compare its type with the schema of the route; the tests compare each
 * answer with the OpenAPI document.
 */
export const untyped = (answer: unknown): never => answer as never

/** Sends the answer of a handler. @returns the value that the handler must return */
export const sendBody = (reply: AnyReply, body?: unknown): never => untyped(reply.send(body))

/** Sends an answer without a body: 204, or 202 for work that follows later. */
export function sendNothing(reply: AnyReply, status: 202 | 204 = 204): never {
  reply.code(status)
  return sendBody(reply)
}
