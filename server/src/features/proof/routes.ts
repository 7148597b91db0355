import { Type } from 'typebox'
import { invalidInput } from '../../errors.ts'
import { type PasskeyAnswer, PasskeyShape, RecoveryCode, TotpCode } from '../../factor-answers.ts'
import type { SessionCookie } from '../../http/admission/session-cookie.ts'
import type { App } from '../../http/types.ts'
import type { Evidence, Proof } from './service.ts'

export const proofRoutes = (proof: Proof, session: SessionCookie) => (app: App) => {
  app.post(
    '/auth/step-up',
    {
      config: {
        access: 'signed_in',
        whileEnrolling: true,
        errors: ['forbidden', 'invalid_credentials', 'invalid_code', 'invalid_passkey', 'too_many_requests'],
      },
      schema: {
        operationId: 'stepUp',
        tags: ['auth'],
        summary: 'Give a fresh proof of identity',
        description:
          'A sign-in is a fresh proof for 5 minutes. After that, creating API keys, granting rights and the like answer 403 `reauthentication_required` until the session is confirmed here, with one of the `methods` that the answer names.',
        body: Type.Object(
          {
            password: Type.Optional(Type.String({ minLength: 1, maxLength: 1024 })),
            totp: Type.Optional(TotpCode),
            recovery_code: Type.Optional(RecoveryCode),
            passkey: Type.Optional(PasskeyShape),
          },
          { $id: 'StepUp', title: 'StepUp', examples: [{ password: 'correct horse battery' }] },
        ),
        response: {
          200: Type.Object(
            { fresh_until: Type.String({ format: 'date-time' }) },
            {
              $id: 'FreshProof',
              title: 'FreshProof',
              examples: [{ fresh_until: '2026-11-23T03:09:05.678Z' }],
            },
          ),
        },
      },
    },
    async (request, reply) => {
      const { cookie, ...fresh } = await proof.stepUp(request.caller, evidenceOf(request.body))
      if (cookie !== null) session.give(reply, cookie.secret, cookie.seconds)
      return fresh
    },
  )
}

type Body = { password?: string; totp?: string; recovery_code?: string; passkey?: PasskeyAnswer }

/** @throws invalid_input unless there is one proof */
function evidenceOf({ password, totp, recovery_code, passkey }: Body): Evidence {
  const given = [
    ...(password === undefined ? [] : [{ password }]),
    ...(totp === undefined ? [] : [{ totp }]),
    ...(recovery_code === undefined ? [] : [{ recovery_code }]),
    ...(passkey === undefined ? [] : [{ passkey }]),
  ]
  const [evidence] = given
  if (evidence && given.length === 1) return evidence
  throw invalidInput([
    {
      pointer: '',
      code: 'one_proof',
      detail: 'Send one of `password`, `totp`, `recovery_code` and `passkey`.',
    },
  ])
}
