/** Express (and Connect): `app.use(requireUser({ issuer }))`; the claims are in `request.user`. */
import { decider, type GuardOptions } from './decide.ts'
import type { AccessTokenClaims } from './verify.ts'

type Request = { headers: { authorization?: string | undefined }; user?: AccessTokenClaims }
type Response = {
  statusCode: number
  setHeader(name: string, value: string): unknown
  end(body: string): unknown
}

export function requireUser(options: GuardOptions) {
  const decide = decider(options)
  return (request: Request, response: Response, next: (error?: unknown) => void): void => {
    decide(request.headers.authorization).then((decision) => {
      if ('claims' in decision) {
        request.user = decision.claims
        return next()
      }
      response.statusCode = decision.refusal.status
      for (const [name, value] of Object.entries(decision.refusal.headers)) response.setHeader(name, value)
      response.end(decision.refusal.body)
    }, next)
  }
}
