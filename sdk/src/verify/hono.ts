/** Hono: `app.use(requireUser({ issuer }))`; the claims are `c.get('user')`. */
import { decider, type GuardOptions } from './decide.ts'

type Context = {
  req: { header(name: string): string | undefined }
  set(name: 'user', value: unknown): void
}

export function requireUser(options: GuardOptions) {
  const decide = decider(options)
  return async (context: Context, next: () => Promise<void>): Promise<Response | undefined> => {
    const decision = await decide(context.req.header('authorization'))
    if ('refusal' in decision) {
      const { status, headers, body } = decision.refusal
      return new Response(body, { status, headers })
    }
    context.set('user', decision.claims)
    await next()
    return undefined
  }
}
