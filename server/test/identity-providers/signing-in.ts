/** Steps of a sign-in through a provider that several tests take. */
import assert from 'node:assert/strict'
import type { Service, TestUser } from '../harness.ts'
import { createTraveller, type Traveller } from './traveller.ts'
import type { Upstream } from './upstream.ts'

export const publicUrl = 'http://roster.test'

export const callbackOf = (id: string) => `${publicUrl}/auth/providers/${id}/callback`

export function signingIn(service: () => Service, admin: () => TestUser) {
  const travel = () => createTraveller({ [publicUrl]: service().url })
  return {
    travel,

    async register(fields: object) {
      const answer = await service().call('POST', '/identity-providers', { as: admin().token, body: fields })
      assert.equal(answer.status, 201, answer.text)
      return answer.body
    },

    async change(id: string, fields: object) {
      const path = `/identity-providers/${id}`
      const answer = await service().call('PATCH', path, { as: admin().token, body: fields })
      assert.equal(answer.status, 200, answer.text)
    },

    /** Where the browser is when the provider has led it back and Roster has decided. */
    async enter(id: string, traveller: Traveller = travel(), query = '') {
      const landing = await traveller.follow(
        `${publicUrl}/auth/providers/${id}/start${query}`,
        (url) => url.origin === publicUrl && !url.pathname.startsWith('/auth/'),
      )
      return { landing, traveller, fragment: new URLSearchParams(landing.hash.slice(1)) }
    },

    /** The address of the callback with the code, not opened yet. */
    callback: (id: string, traveller: Traveller) =>
      traveller.follow(
        `${publicUrl}/auth/providers/${id}/start`,
        (url) => url.origin === publicUrl && url.pathname.endsWith('/callback'),
      ),

    /** The user who is signed in in this browser, or null. */
    async whoIs(traveller: Traveller) {
      const { status, body } = await traveller.visit(`${publicUrl}/auth/session`)
      return status === 200
        ? (body as {
            user: { id: string; username: string; email: string; email_verified: boolean; roles: string[] }
          })
        : null
    },
  }
}

/** The next person at the provider, by default with an own address. */
export function isNext(upstream: Upstream, claims: { sub: string } & Record<string, unknown>) {
  const { sub, ...others } = claims
  upstream.person = {
    sub,
    email: `${sub}@people.example`,
    email_verified: true,
    preferred_username: sub,
    ...others,
  }
}
