import { Type } from 'typebox'
import type { BrowserCookie } from '../../../http/admission/browser-cookie.ts'
import type { RateLimit } from '../../../http/admission/rate-limit.ts'
import { ownPath } from '../../../http/admission/return-to.ts'
import type { App } from '../../../http/types.ts'
import type { AccountService } from '../service.ts'
import { Email, LinkShape, LinkToken } from '../shapes.ts'
import { emailSignInSeconds } from './service.ts'

/** The limit is shared with the other requests that have a token. */
const rateLimit: RateLimit = { name: 'one-time-token', limit: 60, seconds: 60, per: 'address' }

type Needs = {
  account: Pick<AccountService, 'askEmailSignIn' | 'checkLink'>
  /** Keeps the challenge in the browser, for the page that the link of the mail opens. */
  cookie: BrowserCookie
}

export const emailSignInRoutes =
  ({ account, cookie }: Needs) =>
  (app: App) => {
    app.post(
      '/auth/email-link',
      {
        config: { access: 'public', errors: ['forbidden'] },
        schema: {
          operationId: 'askEmailLink',
          tags: ['auth'],
          summary: 'Ask for a mail with a link and a code to sign in',
          description:
            'Off unless `ROSTER_EMAIL_LINK` is on (403). The answer is the same whether or not an account has the address. Send the `challenge` with the `email_code` that the user types to `POST /auth/login`.',
          body: Type.Object(
            {
              email: Email,
              return_to: Type.Optional(
                Type.String({ maxLength: 2048, description: 'A path of this server to go to afterwards.' }),
              ),
              shared_computer: Type.Optional(Type.Boolean()),
            },
            {
              $id: 'EmailLinkRequest',
              title: 'EmailLinkRequest',
              examples: [{ email: 'alice@example.com' }],
            },
          ),
          response: {
            202: Type.Object(
              {
                challenge: Type.String({ description: 'Only the program that asked may know it.' }),
                expires_in: Type.Integer({ description: 'Seconds.' }),
              },
              { $id: 'EmailLink', title: 'EmailLink' },
            ),
          },
        },
      },
      async (request, reply) => {
        const { email, return_to = '', shared_computer: sharedComputer = false } = request.body
        const options = { returnTo: ownPath(return_to), sharedComputer }
        const challenge = await account.askEmailSignIn(request.caller, email, options)
        cookie.give(reply, challenge)
        reply.code(202)
        return { challenge, expires_in: emailSignInSeconds }
      },
    )

    app.post(
      '/auth/link',
      {
        config: { access: 'public', rateLimit, errors: ['invalid_grant'] },
        schema: {
          operationId: 'checkLink',
          tags: ['auth'],
          summary: 'Check whether the link of a mail still works; the link remains valid',
          description: 'For the page behind the link, before the user fills in its form.',
          body: LinkToken,
          response: { 200: LinkShape },
        },
      },
      (request) => account.checkLink(request.body.token),
    )
  }
