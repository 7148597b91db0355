import type { AnyReply } from './app.ts'

/** Sends an answer without a body: 204, or 202 for what happens later. */
export function sendNothing(reply: AnyReply, status: 202 | 204 = 204): never {
  reply.code(status)
  return reply.send() as never
}
