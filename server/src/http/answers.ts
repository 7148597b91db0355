import type { AnyReply } from './types.ts'

/**
 * The answer of a handler, whose type the compiler does not compare with the schema of the route: the tests compare each
 * answer with the OpenAPI document.
 */
export const untyped = (answer: unknown): never => answer as never

/** Sends the answer of a handler, for the handler to return. */
export const sendBody = (reply: AnyReply, body?: unknown): never => untyped(reply.send(body))

/** Sends an answer without a body: 204, or 202 for what happens later. */
export function sendNothing(reply: AnyReply, status: 202 | 204 = 204): never {
  reply.code(status)
  return sendBody(reply)
}
