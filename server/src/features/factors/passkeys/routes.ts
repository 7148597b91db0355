import { Type } from 'typebox'
import { invalidInput } from '../../../errors.ts'
import { PasskeyShape } from '../../../factor-answers.ts'
import { selfOr } from '../../../http/admission/access.ts'
import { sendNothing } from '../../../http/answers.ts'
import { sendCreated } from '../../../http/message/etag.ts'
import type { App } from '../../../http/types.ts'
import { UserId } from '../../../http/user-id.ts'
import type { Passkeys } from './service.ts'
import { PasskeyInfo, passkeyFields } from './shapes.ts'
import type { OptionsWanted, PasskeySignIn } from './sign-in.ts'

const Name = Type.String({ minLength: 1, maxLength: 100, description: 'Such as the name of the device.' })
const Proof = Type.Optional(
  Type.Object({ current_password: Type.Optional(Type.String({ minLength: 1, maxLength: 1024 })) }),
)
const params = Type.Object({ id: UserId })
const one = Type.Object({ id: UserId, passkey_id: Type.String({ format: 'uuid' }) })
const tags = ['factors']
const Options = (method: string) =>
  Type.Object({}, { additionalProperties: true, description: `For \`PublicKeyCredential.${method}\`.` })

export const passkeyRoutes = (passkeys: Passkeys & PasskeySignIn) => (app: App) => {
  app.post(
    '/users/:id/passkeys/options',
    {
      config: { access: selfOr('users:write'), proof: 'fresh', whileEnrolling: true },
      schema: {
        operationId: 'beginPasskey',
        tags,
        summary: 'Options for a browser to create a passkey; valid for 5 minutes',
        description:
          'Pass `options` to `navigator.credentials.create()` and the result to `POST /users/{id}/passkeys`.',
        params,
        body: Proof,
        response: { 200: Type.Object({ options: Options('parseCreationOptionsFromJSON') }) },
      },
    },
    (request) => passkeys.options(request.caller, request.params.id),
  )

  app.post(
    '/users/:id/passkeys',
    {
      config: {
        access: selfOr('users:write'),
        whileEnrolling: true,
        errors: ['invalid_grant', 'already_exists', 'forbidden'],
      },
      schema: {
        operationId: 'addPasskey',
        tags,
        summary: 'Add the passkey that a browser made; gives recovery codes once with the first factor',
        description: 'A passkey signs in without a password, or answers as a second factor.',
        params,
        body: Type.Object({ name: Name, passkey: PasskeyShape }),
        response: {
          201: Type.Object({
            ...passkeyFields,
            recovery_codes: Type.Union([Type.Array(Type.String()), Type.Null()]),
          }),
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { name, passkey } = request.body
      const added = await passkeys.add(request.caller, id, shown(name), passkey)
      return sendCreated(reply, `/users/${id}/factors`, added, 1)
    },
  )

  app.patch(
    '/users/:id/passkeys/:passkey_id',
    {
      config: { access: selfOr('users:write') },
      schema: {
        operationId: 'renamePasskey',
        tags,
        summary: 'Rename a passkey',
        description: 'Only the name changes.',
        params: one,
        body: Type.Object({ name: Name }, { $id: 'PasskeyPatch', title: 'PasskeyPatch' }),
        response: { 200: PasskeyInfo },
      },
    },
    (request) => {
      const { id, passkey_id } = request.params
      return passkeys.rename(request.caller, id, passkey_id, shown(request.body.name))
    },
  )

  app.delete(
    '/users/:id/passkeys/:passkey_id',
    {
      config: { access: selfOr('users:write'), proof: 'fresh', errors: ['last_factor'] },
      schema: {
        operationId: 'removePasskey',
        tags,
        summary: 'Remove a passkey; recovery codes end with the last factor',
        description: 'Remove it on the device as well, or the browser continues to offer it.',
        params: one,
        body: Proof,
      },
    },
    async (request, reply) => {
      await passkeys.remove(request.caller, request.params.id, request.params.passkey_id)
      return sendNothing(reply)
    },
  )

  app.post(
    '/auth/passkeys/options',
    {
      config: {
        access: 'public',
        whileEnrolling: true,
        errors: ['unauthenticated', 'invalid_grant', 'not_found'],
      },
      schema: {
        operationId: 'passkeyOptions',
        tags: ['auth'],
        summary: 'Options for a browser to sign with a passkey; valid for 5 minutes',
        description:
          'Pass `options` to `navigator.credentials.get()` and the result with the `challenge` to `POST /auth/login`.',
        body: Type.Optional(
          Type.Object(
            {
              purpose: Type.Optional(
                Type.Enum(['sign_in', 'second_factor', 'step_up'], {
                  default: 'sign_in',
                  description:
                    '`sign_in`: without a name, for `POST /auth/login` and `POST /auth/session`. `second_factor`: for the second step of the sign-in with this `challenge`. `step_up`: for `POST /auth/step-up`.',
                }),
              ),
              challenge: Type.Optional(
                Type.String({
                  minLength: 1,
                  maxLength: 200,
                  description: 'Of the answer `second_factor_required`.',
                }),
              ),
            },
            {
              $id: 'PasskeyOptionsWanted',
              title: 'PasskeyOptionsWanted',
              examples: [{ purpose: 'sign_in' }],
            },
          ),
        ),
        response: {
          200: Type.Object({
            challenge: Type.String({ description: 'The one in the options, to be sent with the passkey.' }),
            options: Options('parseRequestOptionsFromJSON'),
          }),
        },
      },
    },
    async (request) => passkeys.signatureOptions(request.caller, wantedOf(request.body ?? {})),
  )
}

/** @throws invalid_input for a blank name */
function shown(name: string): string {
  const trimmed = name.trim()
  if (trimmed !== '') return trimmed
  throw invalidInput([{ pointer: '/name', code: 'too_short', detail: 'The name must not be empty.' }])
}

/** @throws invalid_input */
function wantedOf({
  purpose = 'sign_in',
  challenge,
}: {
  purpose?: string
  challenge?: string
}): OptionsWanted {
  if (purpose === 'second_factor' && challenge !== undefined) return { purpose, challenge }
  if (purpose === 'second_factor')
    throw invalidInput([
      { pointer: '/challenge', code: 'required', detail: 'The challenge of the sign-in is required.' },
    ])
  if (challenge === undefined) return { purpose: purpose === 'step_up' ? 'step_up' : 'sign_in' }
  throw invalidInput([
    { pointer: '/challenge', code: 'not_allowed', detail: 'Only `second_factor` takes a challenge.' },
  ])
}
