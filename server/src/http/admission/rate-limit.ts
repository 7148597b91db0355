/**
 * General rate limits, counted in memory on each replica, in fixed windows. Sign-in has its own limits, which replicas
 * share.
 */

import { createWindows, type Windows } from '../../caches/window-counter.ts'
import { actorId, type Caller, type Permission, principalId } from '../../caller.ts'
import { monotonicMs } from '../../clock.ts'
import { AppError } from '../../errors.ts'
import type { AnyReply } from '../any-request.ts'
import { networksOf } from '../message/address.ts'

/**
 * A limit of one route. `per: 'address'` counts the networks of the caller, and the user as well when there is one;
 * `per: 'user'` counts authenticated users, for all their keys and sessions together.
 */
export type RateLimit = {
  name: string
  limit: number
  seconds: number
  per: 'address' | 'user'
  /** Callers with this permission are not counted. */
  freeFor?: Permission
}

export const signupLimit: RateLimit = {
  name: 'sign-up',
  limit: 60,
  seconds: 60,
  per: 'address',
  freeFor: 'users:write',
}
export const exportLimit: RateLimit = { name: 'export', limit: 5, seconds: 3_600, per: 'user' }

type Rule = Pick<RateLimit, 'name' | 'limit' | 'seconds'> & { policy: string }

const general = {
  anonymous: rule('anonymous', 300, 60),
  user: rule('user', 3_000, 60),
  api_key: rule('api_key', 12_000, 60),
  application: rule('application', 12_000, 60),
}
/** The limit of all users of one network together. Many users may share an address, or the server of an application. */
const network = rule('network', 30_000, 60)
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
      if (caller.kind === 'anonymous') takeAll(windows, general.anonymous, address, reply)
      else if (caller.kind !== 'system') {
        if (caller.kind === 'user') takeAll(windows, network, address, reply)
        take(windows, general[caller.kind], principalId(caller) ?? '', reply)
      }
      if (route === null || (route.freeFor && caller.permissions.has(route.freeFor))) return
      const own = rule(route.name, route.limit, route.seconds)
      if (route.per === 'address') takeAll(windows, own, address, reply)
      const actor = actorId(caller)
      if (actor !== null) take(windows, own, actor, reply)
    },
    countRefused(address, reply) {
      takeAll(windows, general.anonymous, address, reply)
    },
  }
}

/** Counts for each network that contains the address. The limits of wider IPv6 networks are two and four times as high. */
function takeAll(windows: Windows, rule: Rule, address: string, reply: AnyReply): void {
  const networks = networksOf(address)
  for (let step = networks.length - 1; step >= 0; step -= 1) {
    take(windows, step === 0 ? rule : widened(rule, step), networks[step]!, reply)
  }
}

function widened({ name, limit, seconds }: Rule, step: number): Rule {
  return rule(name, limit * 2 ** step, seconds)
}

function rule(name: string, limit: number, seconds: number): Rule {
  return { name, limit, seconds, policy: `"${name}";q=${limit};w=${seconds}` }
}

/** Sets `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10). */
function take(windows: Windows, rule: Rule, subject: string, reply: AnyReply): void {
  const window = windows(`${rule.name} ${subject}`, rule.seconds)
  window.count += 1
  const remaining = Math.max(0, rule.limit - window.count)
  const waitSeconds = Math.max(1, Math.ceil((window.endsMs - monotonicMs()) / 1000))
  reply.header('ratelimit-policy', rule.policy)
  reply.header('ratelimit', `"${rule.name}";r=${remaining};t=${waitSeconds}`)
  if (window.count > rule.limit) throw new AppError('too_many_requests', { retryAfterSeconds: waitSeconds })
}
