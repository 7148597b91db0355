/** The shapes of SCIM connections in requests and answers. */
import { Type } from 'typebox'
import { CurrentPassword } from '../../../http/admission/current-password.ts'
import { deletionRules, existingUserRules, groupRules } from './connection.ts'

const Uuid = Type.String({ format: 'uuid' })
const Instant = Type.String({ format: 'date-time' })
const orNull = <T extends import('typebox').TSchema>(schema: T) => Type.Union([schema, Type.Null()])

const rules = {
  existing_users: Type.Enum([...existingUserRules], {
    description:
      '`link`: the directory may also change users that it did not create. `refuse`: only users that this connection created.',
  }),
  groups: Type.Enum([...groupRules], {
    description:
      'Which groups it may change: all, those that it created (`own`), or those of `group_ids` (`chosen`).',
  }),
  group_ids: Type.Array(Uuid, { maxItems: 1000, uniqueItems: true }),
  on_delete: Type.Enum([...deletionRules], {
    description: 'The effect of DELETE on a user: moved to the recycle bin, or disabled.',
  }),
  send_invitations: Type.Boolean({ description: 'Whether new users get an invitation by mail.' }),
}
const changes = Type.Partial(Type.Object(rules)).properties

export const connectionParameters = Type.Object({ id: Uuid })

export const ConnectionShape = Type.Object(
  {
    id: Uuid,
    api_key_id: orNull(Uuid),
    name: orNull(Type.String({ description: 'The name of the API key; null when it was revoked.' })),
    ...rules,
    last_request_at: orNull(Instant),
    created_at: Instant,
    updated_at: Instant,
  },
  { $id: 'ScimConnection', title: 'ScimConnection' },
)

export const ConnectionCreationShape = Type.Object(
  { ...changes, api_key_id: Uuid, current_password: CurrentPassword },
  { $id: 'ScimConnectionCreation', title: 'ScimConnectionCreation' },
)

export const ConnectionPatchShape = Type.Object(
  { ...changes, api_key_id: Type.Optional(Uuid), current_password: CurrentPassword },
  { $id: 'ScimConnectionPatch', title: 'ScimConnectionPatch' },
)

export const ScimRequestShape = Type.Object(
  {
    id: Uuid,
    at: Instant,
    method: Type.String(),
    path: Type.String(),
    status: Type.Integer(),
    resource_id: orNull(Type.String({ description: 'The user or group.' })),
    subject: orNull(
      Type.String({ description: 'The name of the resource in the directory, if the request failed.' }),
    ),
    changes: orNull(
      Type.Object({
        fields: Type.Array(Type.String()),
        members_added: Type.Integer(),
        members_removed: Type.Integer(),
      }),
    ),
    ignored: Type.Array(Type.String(), {
      description: 'Attributes and members that Roster does not know.',
    }),
    error: orNull(Type.String({ description: 'Why it was refused.' })),
  },
  { $id: 'ScimRequest', title: 'ScimRequest' },
)
