import { Type } from 'typebox'
import { TotpCode } from '../../factor-answers.ts'
import { selfOr } from '../../http/admission/access.ts'
import { sendNothing } from '../../http/answers.ts'
import type { App } from '../../http/types.ts'
import { PasskeyInfo } from './passkeys/shapes.ts'
import type { FactorService } from './service.ts'

const Instant = Type.String({ format: 'date-time' })
export const FactorsShape = Type.Object(
  {
    totp: Type.Union([Type.Object({ created_at: Instant, locked: Type.Boolean() }), Type.Null()], {
      description:
        'The authenticator app. After 100 wrong codes in a row it is locked until a recovery code or a passkey is used.',
    }),
    passkeys: Type.Array(PasskeyInfo),
    recovery_codes: Type.Union([Type.Object({ left: Type.Integer(), created_at: Instant }), Type.Null()]),
  },
  { $id: 'Factors', title: 'Factors' },
)
const params = Type.Object({ id: Type.String({ format: 'uuid' }) })
/** The request may contain the fresh proof. */
const Proof = Type.Optional(
  Type.Object({
    current_password: Type.Optional(Type.String({ minLength: 1, maxLength: 1024, pattern: '^[^\\x00]*$' })),
  }),
)
const Codes = Type.Array(Type.String())
const tags = ['factors']

export const factorRoutes = (factors: FactorService) => (app: App) => {
  app.get(
    '/users/:id/factors',
    {
      config: { access: selfOr('users:read'), whileEnrolling: true, errors: ['permission_not_held'] },
      schema: {
        operationId: 'listFactors',
        tags,
        summary: 'The second factors of a user, without their secrets',
        description: 'Authenticator app, passkeys and how many recovery codes are left.',
        params,
        response: { 200: FactorsShape },
      },
    },
    (request) => factors.list(request.caller, request.params.id),
  )

  app.delete(
    '/users/:id/factors',
    {
      config: { access: selfOr('users:write'), proof: 'fresh', errors: ['permission_not_held', 'forbidden'] },
      schema: {
        operationId: 'resetFactors',
        tags,
        summary: 'Remove all second factors of another user',
        description:
          'For a user who lost the device. The user gets a mail, and signs in with the password alone until a new factor is added.',
        params,
        body: Proof,
      },
    },
    async (request, reply) => {
      await factors.reset(request.caller, request.params.id)
      return sendNothing(reply)
    },
  )

  app.post(
    '/users/:id/totp',
    {
      config: {
        access: selfOr('users:write'),
        proof: 'fresh',
        whileEnrolling: true,
        errors: ['already_exists'],
      },
      schema: {
        operationId: 'beginTotp',
        tags,
        summary: 'Begin to add an authenticator app; a code confirms it',
        description:
          'Answers with the secret and a QR code. Nothing changes until `PUT` confirms it with a code, within 10 minutes.',
        params,
        body: Proof,
        response: {
          200: Type.Object({
            secret: Type.String({ description: 'In base32, to type into an app. It is shown only once.' }),
            uri: Type.String({ description: 'The `otpauth` URI.' }),
            qr_svg: Type.String({ description: 'The URI as a QR code.' }),
          }),
        },
      },
    },
    (request) => factors.beginTotp(request.caller, request.params.id),
  )

  app.put(
    '/users/:id/totp',
    {
      config: {
        access: selfOr('users:write'),
        whileEnrolling: true,
        errors: ['invalid_code', 'invalid_grant', 'forbidden'],
      },
      schema: {
        operationId: 'confirmTotp',
        tags,
        summary: 'Confirm the authenticator app with a code; gives recovery codes once',
        description:
          'From then on each sign-in needs a code. Store the recovery codes of the answer: they are not shown again.',
        params,
        body: Type.Object({ code: TotpCode }),
        response: { 200: Type.Object({ recovery_codes: Type.Union([Codes, Type.Null()]) }) },
      },
    },
    (request) => factors.confirmTotp(request.caller, request.params.id, request.body.code),
  )

  app.delete(
    '/users/:id/totp',
    {
      config: { access: selfOr('users:write'), proof: 'fresh', errors: ['last_factor'] },
      schema: {
        operationId: 'removeTotp',
        tags,
        summary: 'Remove your authenticator app and your recovery codes',
        description: 'Refused when a role or the settings require a second factor and this is the last one.',
        params,
        body: Proof,
      },
    },
    async (request, reply) => {
      await factors.removeTotp(request.caller, request.params.id)
      return sendNothing(reply)
    },
  )

  app.post(
    '/users/:id/recovery-codes',
    {
      config: { access: selfOr('users:write'), proof: 'fresh' },
      schema: {
        operationId: 'createRecoveryCodes',
        tags,
        summary: 'Make ten new recovery codes; the former ones end',
        description: 'Each code works once in place of the second factor. They are not shown again.',
        params,
        body: Proof,
        response: { 200: Type.Object({ recovery_codes: Codes }) },
      },
    },
    (request) => factors.newRecoveryCodes(request.caller, request.params.id),
  )
}
