/** Fastify: `app.addHook('onRequest', requireUser({ issuer }))`; the claims are in `request.user`. */
import { decider, type GuardOptions } from './decide.ts'

type Request = { headers: { authorization?: string | undefined } }
type Reply = {
  code(status: number): unknown
  headers(values: Record<string, string>): unknown
  send(body: string): unknown
}

export function requireUser(options: GuardOptions) {
  const decide = decider(options)
  return async (request: Request, reply: Reply): Promise<unknown> => {
    const decision = await decide(request.headers.authorization)
    if ('claims' in decision) {
      Object.assign(request, { user: decision.claims })
      return undefined
    }
    reply.code(decision.refusal.status)
    reply.headers(decision.refusal.headers)
    reply.send(decision.refusal.body)
    return reply
  }
}
