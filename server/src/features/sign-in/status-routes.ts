import { Type } from 'typebox'
import { may, supporting } from '../../caller.ts'
import { sendNothing } from '../../http/answers.ts'
import type { App } from '../../http/types.ts'
import type { Status } from './status.ts'

const Instant = Type.String({ format: 'date-time' })
const orNull = <T extends import('typebox').TSchema>(schema: T, description: string) =>
  Type.Union([schema, Type.Null()], { description })

const SignInStatusShape = Type.Object(
  {
    obstacles: Type.Array(
      Type.Enum(['disabled', 'unverified_email', 'no_password', 'password_switched_off', 'delayed']),
      {
        description: 'Why the user cannot sign in with a password now; empty if nothing prevents it.',
      },
    ),
    password: Type.Object({
      state: Type.Enum(['none', 'set', 'switched_off'], {
        description: '`switched_off` is a password that too many wrong ones closed for unknown networks.',
      }),
      changed_at: orNull(Instant, 'When the password was set.'),
      wrong_attempts: Type.Integer({ minimum: 0, description: 'Wrong passwords since the last right one.' }),
    }),
    delayed_until: orNull(Instant, 'Until then sign-ins are refused because of too many attempts.'),
    email_verified: Type.Boolean(),
    second_factor: Type.Boolean({ description: 'Whether a sign-in asks for a second factor.' }),
    last_failure: orNull(
      Type.Object({ at: Instant, reason: orNull(Type.String(), 'As in the audit log.') }),
      'The last sign-in that failed, as far as it is among the last events about the user.',
    ),
  },
  { $id: 'SignInStatus', title: 'SignInStatus' },
)
const params = Type.Object({ id: Type.String({ format: 'uuid' }) })
const tags = ['users']

export const statusRoutes = (status: Status) => (app: App) => {
  app.get(
    '/users/:id/sign-in',
    {
      config: { access: 'users:read', errors: ['permission_not_held'] },
      schema: {
        operationId: 'getSignInStatus',
        tags,
        summary: 'Read why a user cannot sign in',
        description:
          'Every reason at the same time: disabled, unverified, delayed after wrong passwords, without a password.',
        params,
        response: { 200: SignInStatusShape },
      },
    },
    (request) => status.get(request.caller, request.params.id),
  )

  app.post(
    '/users/:id/unlock',
    {
      config: { access: supporting, errors: ['permission_not_held', 'reauthentication_required'] },
      schema: {
        operationId: 'unlockUser',
        tags,
        summary: 'Reset the counters of wrong passwords of a user',
        description:
          'The user may try again immediately, from every network. A caller without `users:read` gets 204. A user with permissions needs a fresh proof.',
        params,
        response: { 200: SignInStatusShape, 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const after = await status.unlock(request.caller, request.params.id)
      return may(request.caller, 'users:read') ? after : sendNothing(reply)
    },
  )
}
