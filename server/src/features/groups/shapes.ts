/** The shapes of groups in requests and answers. */
import { Type } from 'typebox'

const Uuid = Type.String({ format: 'uuid' })
const Instant = Type.String({ format: 'date-time' })
const fields = {
  name: Type.String({ minLength: 1, maxLength: 256, description: 'Unique, in any case.' }),
  description: Type.String({ maxLength: 1000 }),
  external_id: Type.Union([Type.String({ minLength: 1, maxLength: 255 }), Type.Null()]),
  roles: Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
    maxItems: 50,
    uniqueItems: true,
    description: 'The roles of every member, also of the members of groups in it.',
  }),
}
const shown = {
  id: Uuid,
  ...fields,
  parents: Type.Array(Uuid, { description: 'The groups that this one is in.' }),
  created_at: Instant,
  updated_at: Instant,
}
const example = {
  id: '019a5f0e-7c1b-7d2e-9f3a-4b5c6d7e8f90',
  name: 'Engineering',
  description: '',
  external_id: null,
  roles: [],
  parents: [],
  created_at: '2026-11-23T03:04:05.678Z',
  updated_at: '2026-11-23T03:04:05.678Z',
}

export const GroupShape = Type.Object(shown, { $id: 'Group', title: 'Group', examples: [example] })

export const UserGroupShape = Type.Object(
  {
    ...shown,
    direct: Type.Boolean({ description: 'Whether the user is a member, not only of a group in it.' }),
  },
  { $id: 'UserGroup', title: 'UserGroup', examples: [{ ...example, direct: true }] },
)

const { name, ...others } = fields
const optional = Type.Partial(Type.Object(others)).properties

export const NewGroupShape = Type.Object(
  { name, ...optional },
  { $id: 'GroupCreation', title: 'GroupCreation', examples: [{ name: 'Engineering' }] },
)
export const GroupReplacementShape = Type.Object(
  { name, ...optional },
  { $id: 'GroupReplacement', title: 'GroupReplacement', examples: [{ name: 'Engineering' }] },
)

const orNull = <T extends import('typebox').TSchema>(schema: T) =>
  Type.Optional(Type.Union([schema, Type.Null()]))

export const GroupPatchShape = Type.Object(
  {
    name: Type.Optional(name),
    description: orNull(others.description),
    external_id: Type.Optional(others.external_id),
    roles: orNull(others.roles),
  },
  {
    $id: 'GroupPatch',
    title: 'GroupPatch',
    description: 'A JSON Merge Patch: null resets a field to its default.',
    examples: [{ description: 'All who build' }],
  },
)

export const MemberShape = Type.Object(
  { user_id: Uuid, username: Type.String() },
  { $id: 'GroupMember', title: 'GroupMember' },
)
export const ChildShape = Type.Object(
  { id: Uuid, name: Type.String() },
  { $id: 'GroupInGroup', title: 'GroupInGroup' },
)
const Ids = Type.Optional(Type.Array(Uuid, { maxItems: 1000, uniqueItems: true }))
export const MemberChangesShape = Type.Object(
  { add: Ids, remove: Ids },
  {
    $id: 'GroupMemberChanges',
    title: 'GroupMemberChanges',
    description:
      'The ids of users. Adding a member again, or removing a user who is not a member, changes nothing.',
    examples: [{ add: ['019a5f0e-7c1b-7d2e-9f3a-4b5c6d7e8f90'] }],
  },
)
export const MemberCountsShape = Type.Object(
  { added: Type.Integer(), removed: Type.Integer() },
  { $id: 'GroupMemberCounts', title: 'GroupMemberCounts' },
)
