import { type TSchema, Type } from 'typebox'
import type { ActingCookie } from '../../../http/admission/session-cookie.ts'
import { sendBody, sendNothing } from '../../../http/answers.ts'
import type { App } from '../../../http/types.ts'
import { accessTokenSeconds, impersonationSeconds } from '../../../lifetimes.ts'
import type { createImpersonations } from './service.ts'

const tags = ['sessions']

export const impersonationRoutes =
  (
    impersonations: Pick<ReturnType<typeof createImpersonations>, 'start' | 'stop'>,
    cookie: ActingCookie,
    shapes: { session: TSchema },
  ) =>
  (app: App) => {
    app.post(
      '/users/:id/impersonation',
      {
        config: { access: 'users:impersonate', proof: 'fresh', errors: ['not_while_impersonating'] },
        schema: {
          operationId: 'impersonateUser',
          tags,
          summary: 'Act as a user who has no permissions',
          description:
            'For a person with a session, where `ROSTER_IMPERSONATION` is `on`. With a cookie, the answer sets a second cookie, and the pages of this server show the account of the user for at most 30 minutes. With a token, the answer has an access token of the user for 10 minutes; its claim `act` (RFC 8693 §4.1) names the administrator. The user is told by mail and sees the session. What can be done is limited to reading and to changing names, language and profile.',
          params: Type.Object({ id: Type.String({ format: 'uuid' }) }),
          body: Type.Object(
            {
              reason: Type.String({
                minLength: 1,
                maxLength: 500,
                pattern: '\\S',
                description: 'Why, for the audit log.',
              }),
              current_password: Type.Optional(
                Type.String({
                  minLength: 1,
                  maxLength: 1024,
                  description: 'A fresh proof, instead of `POST /auth/step-up`.',
                }),
              ),
            },
            {
              $id: 'ImpersonationReason',
              title: 'ImpersonationReason',
              examples: [{ reason: 'Ticket 4711: the profile page shows an error' }],
            },
          ),
          response: {
            200: Type.Object(
              {
                session: shapes.session,
                access_token: Type.Union([Type.String(), Type.Null()], {
                  description: 'Null with a cookie.',
                }),
                token_type: Type.Literal('Bearer'),
                expires_in: Type.Integer({ description: 'Seconds.' }),
              },
              { $id: 'Impersonation', title: 'Impersonation' },
            ),
          },
        },
      },
      async (request, reply) => {
        const { caller, params, body } = request
        const { session, secret, accessToken } = await impersonations.start(caller, params.id, body.reason)
        if (secret !== null) cookie.give(reply, secret)
        return sendBody(reply, {
          session,
          access_token: accessToken,
          token_type: 'Bearer',
          expires_in: secret === null ? accessTokenSeconds : impersonationSeconds,
        })
      },
    )

    app.post(
      '/auth/impersonation/stop',
      {
        config: {
          access: 'public',
          ownPagesOnly: true,
          whileEnrolling: true,
          whilePasswordDue: true,
          whileImpersonating: true,
        },
        schema: {
          operationId: 'stopImpersonation',
          tags,
          summary: 'Stop acting as a user',
          description:
            "Ends the session in which the caller acts as a user, and removes its cookie. The administrator's own session continues.",
        },
      },
      async (request, reply) => {
        await impersonations.stop(request.caller)
        cookie.clear(reply)
        return sendNothing(reply)
      },
    )
  }
