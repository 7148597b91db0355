/** The shapes of the answers to a sign-in. */
import { type TSchema, Type } from 'typebox'
import type { Permission } from '../../caller.ts'

/** The signed-in user, as `signedInShape` says. */
export type SignedIn<User, Session> = {
  user: User
  permissions: Permission[]
  second_factor: { required: boolean; enrolled: boolean; due_at: string | null; overdue: boolean }
  must_change_password: boolean
  session: Session | null
  /** The administrator who acts as the user. */
  impersonator: { id: string; username: string } | null
}

export const tokenPairShape = (shapes: { user: TSchema }) =>
  Type.Object(
    {
      access_token: Type.String({ description: 'A JWT; send it as `Authorization: Bearer …`.' }),
      token_type: Type.Literal('Bearer'),
      expires_in: Type.Integer({ description: 'Seconds.' }),
      refresh_token: Type.String({ description: 'For one use with `POST /auth/refresh`.' }),
      refresh_expires_in: Type.Integer({ description: 'Seconds.' }),
      user: shapes.user,
    },
    { $id: 'TokenPair', title: 'TokenPair' },
  )

export const signedInShape = (shapes: { user: TSchema; session: TSchema }) =>
  Type.Object(
    {
      user: shapes.user,
      permissions: Type.Array(Type.String(), { description: 'What the roles of the user allow.' }),
      second_factor: Type.Object(
        {
          required: Type.Boolean({ description: 'Whether the policy asks for a second factor.' }),
          enrolled: Type.Boolean(),
          due_at: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
            description: 'From when the user may only add a factor; null when none is missing.',
          }),
          overdue: Type.Boolean({ description: 'The user may only add a factor now.' }),
        },
        { description: 'The second factor of the user.' },
      ),
      must_change_password: Type.Boolean({
        description: 'An administrator set the password: the user may only replace it.',
      }),
      session: Type.Union([shapes.session, Type.Null()], { description: 'Null with Basic.' }),
      impersonator: Type.Union(
        [Type.Object({ id: Type.String({ format: 'uuid' }), username: Type.String() }), Type.Null()],
        { description: 'The administrator who acts as the user.' },
      ),
    },
    { $id: 'SignedIn', title: 'SignedIn' },
  )
