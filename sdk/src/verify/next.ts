/**
 * Next.js route handlers, and everything else that answers a `Request` with a `Response`:
 * `export const GET = withUser({ issuer }, (request, user) => Response.json(user.sub))`.
 */
import { decider, type GuardOptions } from './decide.ts'
import type { AccessTokenClaims } from './verify.ts'

export function withUser<Incoming extends Request, Rest extends unknown[]>(
  options: GuardOptions,
  handler: (request: Incoming, user: AccessTokenClaims, ...rest: Rest) => Response | Promise<Response>,
) {
  const decide = decider(options)
  return async (request: Incoming, ...rest: Rest): Promise<Response> => {
    const decision = await decide(request.headers.get('authorization'))
    if ('claims' in decision) return handler(request, decision.claims, ...rest)
    const { status, headers, body } = decision.refusal
    return new Response(body, { status, headers })
  }
}
