/** Answers requests without a matching route: 404, 405 with `Allow`, and OPTIONS. */
import { isOneOf } from '../../encoding/one-of.ts'
import { AppError } from '../../errors.ts'
import type { AnyReply, AnyRequest, App } from '../types.ts'

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/** The `Allow` header where the answer does not depend on a path. */
export const everyMethod = 'GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS'

/** Answers OPTIONS with 204 and `Allow`. @throws method_not_allowed or not_found for the rest */
export function answerUnrouted(
  app: Pick<App, 'findRoute' | 'plans'>,
  request: AnyRequest,
  reply: AnyReply,
): void {
  const isOther = isUnknownMethod(request.method)
  const found = allowed(app, request.url)
  if (found === null && request.url !== '*' && !isOther)
    throw new AppError('not_found', { detail: 'There is nothing at this path; the reference is at /docs.' })
  const allow = found ?? everyMethod
  if (request.method !== 'OPTIONS')
    throw new AppError('method_not_allowed', { detail: `Send one of ${allow}.`, headers: { allow } })
  reply.header('allow', allow)
  reply.code(204)
  reply.send()
}

/** The methods of a path for `Allow`; null when it has none. */
function allowed(app: Pick<App, 'findRoute' | 'plans'>, target: string): string | null {
  const url = pathOf(target)
  const own = methodsOf(app.plans, url)
  const found: string[] = methods.filter((method) =>
    own.length > 0 ? own.includes(method) : app.findRoute({ method, url }) !== null,
  )
  if (found.length === 0) return null
  if (found.includes('GET')) found.push('HEAD')
  return [...found, 'OPTIONS'].join(', ')
}

/** The methods of the most specific pattern of the path: `/users/{id}/passkeys/options` is not a passkey of the user. */
function methodsOf(plans: App['plans'], url: string): string[] {
  const segments = url.split('/')
  const fitting = plans.filter(({ pattern }) => {
    const parts = pattern.split('/')
    return (
      parts.length === segments.length &&
      parts.every((part, at) => part === segments[at] || (part.startsWith(':') && segments[at] !== ''))
    )
  })
  const parameters = (pattern: string) => pattern.split('/:').length
  const fewest = Math.min(...fitting.map(({ pattern }) => parameters(pattern)))
  return fitting.filter(({ pattern }) => parameters(pattern) === fewest).map(({ method }) => method)
}

/** The path of a request target, as sent. */
export function pathOf(target: string): string {
  return target.split('?', 1)[0]!
}

/** Methods that no resource has, such as TRACE. */
function isUnknownMethod(method: string): boolean {
  return method !== 'HEAD' && method !== 'OPTIONS' && !isOneOf(methods, method)
}
