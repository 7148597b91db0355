/** The query parameters of the list of users. */
import { Type } from 'typebox'
import { sortFields } from './user-query.ts'

const Instant = Type.String({ format: 'date-time' })
const Text = Type.String({ minLength: 1, maxLength: 255 })

/** The filters of the list, which the export accepts too. */
export const userFilters = {
  username: Type.Optional(Text),
  email: Type.Optional(Text),
  status: Type.Optional(Type.Union([Type.Literal('active'), Type.Literal('disabled')])),
  role: Type.Optional(
    Type.String({
      ...{ minLength: 1, maxLength: 255 },
      description: 'Users who hold this role, given directly or through groups.',
    }),
  ),
  group: Type.Optional(
    Type.String({
      format: 'uuid',
      description: 'Members of this group and of the groups in it. Needs `groups:read`.',
    }),
  ),
  email_verified: Type.Optional(Type.Boolean()),
  second_factor: Type.Optional(
    Type.Boolean({
      description:
        'Whether the user has an authenticator app or a passkey. Users with a permission that the caller lacks are left out.',
    }),
  ),
  external_id: Type.Optional(Text),
  created_after: Type.Optional(Instant),
  created_before: Type.Optional(Instant),
  q: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 100,
      description:
        'Words, each of which is a part of username, e-mail address, first or last name, in any order.',
    }),
  ),
  filter: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 2000,
      description:
        'A filter in the grammar of RFC 7644 §3.4.2.2, over every field, `metadata.x` and `profile.x`.',
      examples: ['status eq "active" and metadata.plan eq "premium"'],
    }),
  ),
  deleted: Type.Optional(Type.Boolean({ description: '`true` lists the recycle bin.' })),
}
export const sort = Type.Optional(
  Type.Union(
    sortFields.flatMap((name) => [Type.Literal(name), Type.Literal(`-${name}`)]),
    { description: 'Descending with `-`; `-created_at` by default.' },
  ),
)
export const fields = Type.Optional(
  Type.String({
    minLength: 1,
    maxLength: 300,
    description: 'The members to send, separated by commas.',
    examples: ['id,username'],
  }),
)
