/** The routes at which browsers begin a sign-in with another provider, and to which the provider returns them. */

import { Type } from 'typebox'
import { isAppError } from '../../errors.ts'
import type { BrowserCookie } from '../../http/admission/browser-cookie.ts'
import { ownPath } from '../../http/admission/return-to.ts'
import type { SessionCookie } from '../../http/admission/session-cookie.ts'
import { sendBody } from '../../http/answers.ts'
import { readForm } from '../../http/message/form.ts'
import type { AnyReply, App } from '../../http/types.ts'
import { absoluteSeconds } from '../../lifetimes.ts'
import type { Flow, Outcome } from './flow.ts'
import { providerKinds } from './upstream/provider.ts'

type Options = { publicUrl: string; session: SessionCookie; browser: BrowserCookie }

const form = 'application/x-www-form-urlencoded'
/** The maximum length of a posted form that is redirected as a query string. */
const kept = ['code', 'state', 'iss', 'error', 'user'] as const
const maxForm = 16_384
const maxValue = 1_500
const params = Type.Object({ id: Type.String({ maxLength: 40 }) })
const page = {
  access: 'public',
  hidden: true,
  produces: ['text/html', 'application/json'],
  whileImpersonating: false,
} as const

export const providerSignInRoutes =
  (flow: Flow, { publicUrl, session, browser }: Options) =>
  (app: App) => {
    const go = (reply: AnyReply, location: string): never => {
      reply.code(303)
      reply.header('location', location)
      // The URL of a callback contains the code of the provider.
      reply.header('referrer-policy', 'no-referrer')
      return sendBody(reply)
    }
    const signInPage = (query: Record<string, string | null>, fragment: Record<string, string> = {}) => {
      const url = new URL(`${publicUrl}/sign-in`)
      for (const [name, value] of Object.entries(query)) if (value !== null) url.searchParams.set(name, value)
      url.hash = new URLSearchParams(fragment).toString()
      return url.href
    }
    const failed = (reason: string, isLink: boolean, returnTo: string | null): string =>
      isLink
        ? `${publicUrl}/account/security?provider_error=${reason}`
        : signInPage({ provider_error: reason, return_to: returnTo })
    const answer = (reply: AnyReply, outcome: Outcome): never => {
      if (outcome.kind === 'linked') return go(reply, `${publicUrl}/account/security?linked=true`)
      if (outcome.kind === 'failed')
        return go(reply, failed(outcome.reason, outcome.isLink, outcome.returnTo))
      const { returnTo } = outcome
      // The fragment stays in the browser and out of the logs of proxies.
      if (outcome.kind === 'waiting')
        return go(
          reply,
          signInPage(
            { return_to: returnTo },
            { waiting: outcome.token, provider: outcome.provider, account: outcome.account },
          ),
        )
      const { sharedComputer } = outcome
      if (outcome.challenge !== undefined)
        return go(
          reply,
          signInPage(
            { return_to: returnTo },
            {
              challenge: outcome.challenge,
              methods: outcome.methods.join(' '),
              shared_computer: String(sharedComputer),
            },
          ),
        )
      session.give(reply, outcome.secret, sharedComputer ? null : absoluteSeconds)
      return go(reply, returnTo === null ? `${publicUrl}/` : new URL(publicUrl).origin + returnTo)
    }

    app.get(
      '/auth/providers',
      {
        config: { access: 'public' },
        schema: {
          operationId: 'listSignInProviders',
          tags: ['auth'],
          summary: 'The other providers that users can sign in with',
          description: 'For the buttons of a sign-in page.',
          response: {
            200: Type.Array(
              Type.Object(
                {
                  id: Type.String(),
                  name: Type.String(),
                  kind: Type.Enum([...providerKinds]),
                  signs_up: Type.Boolean({
                    description: 'Whether a first sign-in can create an account.',
                  }),
                },
                { $id: 'SignInProvider', title: 'SignInProvider' },
              ),
            ),
          },
        },
      },
      () => flow.choices(),
    )

    app.get(
      '/auth/providers/:id/start',
      {
        config: {
          ...page,
          rateLimit: { name: 'provider-sign-in', limit: 60, seconds: 60, per: 'address' },
        },
        schema: {
          params,
          querystring: Type.Object({
            return_to: Type.Optional(Type.String({ maxLength: 2048 })),
            shared_computer: Type.Optional(Type.Boolean()),
          }),
        },
      },
      async (request, reply) => {
        const { return_to = '', shared_computer = false } = request.query
        const returnTo = ownPath(return_to)
        try {
          const begun = await flow.begin(request.params.id, browser.read(request), returnTo, shared_computer)
          browser.give(reply, begun.browser)
          return go(reply, begun.location)
        } catch (error) {
          if (!isAppError(error) || error.code !== 'dependency_unavailable') throw error
          return go(reply, failed('unavailable', false, returnTo))
        }
      },
    )

    const callback = '/auth/providers/:id/callback'
    app.get(
      callback,
      {
        // A sign-in renews the session of the browser, also one in which the user must do something first.
        config: { ...page, whileEnrolling: true, whilePasswordDue: true },
        schema: { params, querystring: Type.Object({}, { additionalProperties: true }) },
      },
      async (request, reply) => {
        const query = new URLSearchParams(request.url.split('?')[1] ?? '')
        const outcome = await flow.finish(request.caller, request.params.id, browser.read(request), query)
        return answer(reply, outcome)
      },
    )

    // The browser sends no cookie with a form of another site. The redirect makes it send a request with the cookie.
    app.post(
      callback,
      { config: { ...page, consumes: [form], ownCredentials: true }, schema: { params, body: Type.Any() } },
      async (request, reply) => {
        const sent = new URLSearchParams(await readForm(request.body, maxForm))
        const query = new URLSearchParams()
        for (const name of kept)
          for (const value of sent.getAll(name).slice(0, 2))
            if (value.length <= maxValue) query.append(name, value)
        return go(reply, `${publicUrl}/auth/providers/${request.params.id}/callback?${query}`)
      },
    )
  }
