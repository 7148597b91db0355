/** General limits, counted in memory for each replica, in fixed windows. Sign-in has its own, shared ones. */
import type { Caller } from '../caller.ts'
import { monotonicMs } from '../clock.ts'
import { AppError } from '../errors.ts'
import { createWindows, type Windows } from '../windows.ts'
import { networkOf } from './address.ts'
import type { AnyReply } from './app.ts'

/**
 * A limit of one route. `per: 'address'` counts anonymous callers by their network and lets known ones pass;
 * `per: 'user'` counts known callers, whatever key or session they use.
 */
export type RateLimit = { name: string; limit: number; seconds: number; per: 'address' | 'user' }

export const signupLimit: RateLimit = { name: 'sign-up', limit: 60, seconds: 60, per: 'address' }
export const exportLimit: RateLimit = { name: 'export', limit: 5, seconds: 3_600, per: 'user' }

type Rule = { name: string; limit: number; seconds: number; policy: string }

const general = {
  anonymous: rule('anonymous', 300, 60),
  user: rule('user', 3_000, 60),
  api_key: rule('api_key', 12_000, 60),
}
const maxWindows = 100_000

export type RateLimiter = {
  /** Counts the request against its general limit and the route's own. @throws too_many_requests */
  count(caller: Caller, address: string, route: RateLimit | null, reply: AnyReply): void
  /** Counts a request whose credentials were refused as an anonymous one. @throws too_many_requests */
  countRefused(address: string, reply: AnyReply): void
}

export function createRateLimiter(mode: 'on' | 'off'): RateLimiter {
  if (mode === 'off') return { count: () => {}, countRefused: () => {} }
  const windows = createWindows(maxWindows)
  return {
    count(caller, address, route, reply) {
      const key = keyOf(caller, address)
      if (caller.kind !== 'system') take(windows, general[caller.kind], key, reply)
      if (route === null || (route.per === 'address') !== (caller.kind === 'anonymous')) return
      const subject = caller.kind === 'anonymous' ? key : (caller.userId ?? key)
      take(windows, rule(route.name, route.limit, route.seconds), subject, reply)
    },
    countRefused(address, reply) {
      take(windows, general.anonymous, networkOf(address), reply)
    },
  }
}

function keyOf(caller: Caller, address: string): string {
  if (caller.kind === 'anonymous') return networkOf(address)
  return caller.apiKeyId ?? caller.userId ?? ''
}

function rule(name: string, limit: number, seconds: number): Rule {
  return { name, limit, seconds, policy: `"${name}";q=${limit};w=${seconds}` }
}

/** Sets `RateLimit` and `RateLimit-Policy` as draft-ietf-httpapi-ratelimit-headers-10 has them. */
function take(windows: Windows, rule: Rule, subject: string, reply: AnyReply): void {
  const window = windows(`${rule.name} ${subject}`, rule.seconds)
  window.count += 1
  const remaining = Math.max(0, rule.limit - window.count)
  const waitSeconds = Math.max(1, Math.ceil((window.endsMs - monotonicMs()) / 1000))
  reply.header('ratelimit-policy', rule.policy)
  reply.header('ratelimit', `"${rule.name}";r=${remaining};t=${waitSeconds}`)
  if (window.count > rule.limit) throw new AppError('too_many_requests', { retryAfterSeconds: waitSeconds })
}
