import type { Static } from 'typebox'
import { type TSchema, Type } from 'typebox'
import { supporting } from '../../caller.ts'
import { selfOr } from '../../http/admission/access.ts'
import type { RateLimit } from '../../http/admission/rate-limit.ts'
import { sendBody, sendNothing } from '../../http/answers.ts'
import { sendCreated } from '../../http/message/etag.ts'
import type { App } from '../../http/types.ts'
import { UserId } from '../../http/user-id.ts'
import type { AccountService } from './service.ts'
import type { Setup } from './setup.ts'
import {
  EmailConfirmation,
  EmailVerification,
  FirstAdminShape,
  ForgottenPassword,
  LinkToken,
  PasswordChange,
  PasswordReset,
  SignUpShape,
  userDataShape,
  VerificationRequest,
} from './shapes.ts'
import type { UserData } from './user-data.ts'

const tags = ['auth']
const params = Type.Object({ id: UserId })
/** 256 bits cannot be guessed, but no client needs to try more often. */
const rateLimit: RateLimit = { name: 'one-time-token', limit: 60, seconds: 60, per: 'address' }

type Needs = {
  account: AccountService
  setup: Setup
  userData: UserData
  shapes: { user: TSchema } & Parameters<typeof userDataShape>[0]
}

export const accountRoutes = (needs: Needs) => (app: App) => {
  passwordRoutes(needs)(app)
  addressRoutes(needs)(app)
  setupRoute(needs)(app)
  app.get(
    '/users/:id/data',
    {
      config: {
        access: selfOr('users:read'),
        large: true,
        whileImpersonating: false,
        errors: ['forbidden', 'permission_not_held'],
      },
      schema: {
        operationId: 'getUserData',
        tags: ['users'],
        summary: 'Read everything that is stored about a user',
        description:
          'Of another user this needs users:read, audit:read and api_keys:write, and every permission that the user has.',
        params,
        response: { 200: userDataShape(needs.shapes) },
      },
    },
    async (request, reply) => sendBody(reply, await needs.userData.get(request.caller, request.params.id)),
  )
}

const passwordRoutes =
  ({ account }: Needs) =>
  (app: App) => {
    app.post(
      '/auth/forgot-password',
      {
        config: { access: 'public' },
        schema: {
          operationId: 'forgotPassword',
          tags,
          summary: 'Ask for a link to set a new password',
          description: 'The answer is the same whether or not an account has the address.',
          body: ForgottenPassword,
          response: { 202: Type.Null() },
        },
      },
      async (request, reply) => {
        await account.forgotPassword(request.caller, request.body.email)
        return sendNothing(reply, 202)
      },
    )

    app.post(
      '/auth/reset-password',
      {
        config: { access: 'public', rateLimit, errors: ['invalid_grant'] },
        schema: {
          operationId: 'resetPassword',
          tags,
          summary: 'Set a password with the link of a mail; ends all sessions and API keys',
          description: 'The token is in the link of the mail, and works once.',
          body: PasswordReset,
        },
      },
      async (request, reply) => {
        await account.resetPassword(request.caller, request.body.token, request.body.password)
        return sendNothing(reply)
      },
    )

    app.put(
      '/users/:id/password',
      {
        config: {
          access: selfOr('users:write'),
          whileEnrolling: true,
          whilePasswordDue: true,
          errors: [
            ...(['reauthentication_required', 'invalid_credentials', 'forbidden'] as const),
            ...(['not_found', 'permission_not_held'] as const),
          ],
        },
        schema: {
          operationId: 'changePassword',
          tags: ['users'],
          summary: 'Change your own password; ends your other sessions and your API keys',
          description:
            'Send `current_password` and the new `password`. `keep_api_keys=true` keeps the API keys. An administrator with a fresh proof may set the password of a user without an e-mail address, to whom no link can be sent: all sessions and API keys of the user end, and the user must replace it.',
          params,
          body: PasswordChange,
        },
      },
      async (request, reply) => {
        const { current_password: current, password, keep_api_keys: keepApiKeys } = request.body
        const change = { current, password, keepApiKeys }
        await account.changePassword(request.caller, request.params.id, change)
        return sendNothing(reply)
      },
    )

    app.post(
      '/users/:id/password-reset',
      {
        config: {
          access: supporting,
          errors: ['not_found', 'permission_not_held', 'reauthentication_required', 'no_email_address'],
        },
        schema: {
          operationId: 'sendPasswordReset',
          tags: ['users'],
          summary: 'Send a user a link to set a password',
          description: 'The link works once. The current password works until the user sets a new one.',
          params,
          response: { 202: Type.Null() },
        },
      },
      async (request, reply) => {
        await account.sendPasswordLink(request.caller, request.params.id)
        return sendNothing(reply, 202)
      },
    )
  }

const addressRoutes =
  ({ account }: Needs) =>
  (app: App) => {
    app.post(
      '/auth/verify-email',
      {
        config: {
          access: 'public',
          rateLimit,
          errors: ['invalid_grant', 'reauthentication_required', 'invalid_credentials'],
        },
        schema: {
          operationId: 'verifyEmail',
          tags,
          summary: 'Verify an e-mail address with the link of a mail',
          description: 'The token is in the link of the mail. An account without a password gets one here.',
          body: EmailVerification,
        },
      },
      async (request, reply) => {
        const { token, ...proof } = request.body
        await account.verifyEmail(request.caller, token, proof)
        return sendNothing(reply)
      },
    )

    app.post(
      '/auth/verify-email/sign-up',
      {
        config: { access: 'public', rateLimit, errors: ['invalid_grant'] },
        schema: {
          operationId: 'readSignUp',
          tags,
          summary:
            'Read how the account of a link that verifies an address was created; the link remains valid',
          description: 'For the page behind the link, which shows whose account it is.',
          body: LinkToken,
          response: { 200: SignUpShape },
        },
      },
      (request) => account.readSignUp(request.body.token),
    )

    app.post(
      '/auth/verify-email/discard',
      {
        config: { access: 'public', rateLimit, errors: ['invalid_grant', 'forbidden'] },
        schema: {
          operationId: 'discardSignUp',
          tags,
          summary: 'Refuse an account that another person created with your address',
          description:
            'Moves the account to the recycle bin. Only for an account that a user signed up for and whose address was never verified.',
          body: LinkToken,
        },
      },
      async (request, reply) => {
        await account.discardSignUp(request.caller, request.body.token)
        return sendNothing(reply)
      },
    )

    app.post(
      '/auth/verify-email/resend',
      {
        config: { access: 'public', errors: ['no_email_address'] },
        schema: {
          operationId: 'resendVerification',
          tags,
          summary: 'Ask for the link that verifies an address again',
          description: 'Signed in, without a body, it is about your own address.',
          body: Type.Optional(VerificationRequest),
          response: { 202: Type.Null() },
        },
      },
      async (request, reply) => {
        const body: Static<typeof VerificationRequest> | undefined = request.body
        await account.resendVerification(request.caller, body?.email)
        return sendNothing(reply, 202)
      },
    )

    app.post(
      '/auth/confirm-email',
      {
        config: {
          access: 'public',
          rateLimit,
          errors: ['invalid_grant', 'email_taken', 'reauthentication_required', 'invalid_credentials'],
        },
        schema: {
          operationId: 'confirmEmail',
          tags,
          summary: 'Confirm a new e-mail address with the link of a mail; ends your other sessions',
          description: 'The token is in the link that was sent to the new address.',
          body: EmailConfirmation,
        },
      },
      async (request, reply) => {
        const { token, ...proof } = request.body
        await account.confirmEmail(request.caller, token, proof)
        return sendNothing(reply)
      },
    )
  }

const setupRoute =
  ({ setup, shapes }: Needs) =>
  (app: App) => {
    app.post(
      '/auth/setup',
      {
        config: { access: 'public', rateLimit, errors: ['invalid_grant', 'already_set_up'] },
        schema: {
          operationId: 'setUp',
          tags,
          summary: 'Create the first administrator, with the link that the first start prints',
          description: 'Works once, while the service has no administrator.',
          body: FirstAdminShape,
          response: { 201: shapes.user },
        },
      },
      async (request, reply) => {
        const { token, ...fields } = request.body
        const { user, version } = await setup.complete(request.caller, token, fields)
        return sendCreated(reply, `/users/${user.id}`, user, version)
      },
    )
  }
