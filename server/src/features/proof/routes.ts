import { Type } from 'typebox'
import type { App } from '../../http/app.ts'
import type { Proof } from './service.ts'

export const proofRoutes = (proof: Proof) => (app: App) => {
  app.post(
    '/auth/step-up',
    {
      config: { access: 'signed_in', errors: ['forbidden', 'invalid_credentials', 'too_many_requests'] },
      schema: {
        operationId: 'stepUp',
        tags: ['auth'],
        summary: 'Confirm that it is you, for what needs a fresh proof',
        description:
          'A sign-in is a fresh proof for 5 minutes. After that, creating API keys, granting rights and the like answer 403 `reauthentication_required` until the session is confirmed here.',
        body: Type.Object(
          { password: Type.String({ minLength: 1, maxLength: 1024 }) },
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
    (request) => proof.stepUp(request.caller, request.body.password),
  )
}
