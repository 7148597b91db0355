/** The shapes of users in requests and answers. */
import { Type } from 'typebox'
import { keysOf } from '../../encoding/keys.ts'
import { isOneOf } from '../../encoding/one-of.ts'
import { invalidParameter } from '../../http/message/query.ts'
import { maxUsernameLength } from './names/username.ts'

const Instant = Type.String({ format: 'date-time' })
const NullableName = Type.Union([Type.String({ minLength: 1, maxLength: 100 }), Type.Null()])
const Username = Type.String({
  minLength: 1,
  maxLength: maxUsernameLength,
  description: 'Letters, digits, `.`, `_` and `-`; unique in any case.',
})
const Email = Type.String({ minLength: 3, maxLength: 254 })
const EmailOrNull = Type.Union([Email, Type.Null()], {
  description:
    'Null for a user without an address. Such a user can be created only with `ROSTER_EMAIL=optional`.',
})
const WantedEmail = Type.Optional(
  Type.Union([Email, Type.Null()], {
    description:
      'Required, unless the installation has `ROSTER_EMAIL=optional`. If null or missing, the user has no address and signs in with the username.',
  }),
)
const Password = Type.String({ maxLength: 1024, description: 'Write-only.' })
const Status = Type.Union([Type.Literal('active'), Type.Literal('disabled')])
const RoleNames = Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
  maxItems: 50,
  uniqueItems: true,
})
const Locale = Type.Union([Type.String({ minLength: 2, maxLength: 35 }), Type.Null()], {
  description:
    'The language of mails to the user and of the pages: a language tag such as `de` or `pt-BR`. Null for no choice.',
})
const ExternalId = Type.Union([Type.String({ minLength: 1, maxLength: 255 }), Type.Null()])
const AnyObject = (description: string) =>
  Type.Unsafe<Record<string, unknown>>(Type.Object({}, { additionalProperties: true, description }))
const Metadata = AnyObject('Data that only administrators may write: up to 16 KiB of JSON.')
const Profile = AnyObject('Data that the user and administrators may write: up to 16 KiB of JSON.')

const example = {
  id: '019a5f0e-7c1b-7d2e-9f3a-4b5c6d7e8f90',
  username: 'alice',
  email: 'alice@example.com',
  email_verified: true,
  first_name: 'Alice',
  last_name: null,
  locale: 'en',
  status: 'active',
  roles: ['user'],
  external_id: null,
  metadata: { plan: 'premium' },
  profile: { theme: 'dark' },
  created_at: '2026-11-23T03:04:05.678Z',
  updated_at: '2026-11-23T03:04:05.678Z',
  last_login_at: null,
}

const properties = {
  id: Type.String({ format: 'uuid' }),
  username: Username,
  email: EmailOrNull,
  email_verified: Type.Boolean({ description: 'Never true without an address.' }),
  first_name: NullableName,
  last_name: NullableName,
  locale: Locale,
  status: Status,
  roles: RoleNames,
  external_id: ExternalId,
  metadata: Metadata,
  profile: Profile,
  created_at: Instant,
  updated_at: Instant,
  last_login_at: Type.Union([Instant, Type.Null()]),
}

export const userFieldNames = keysOf(properties)

export const UserShape = Type.Object(properties, { $id: 'User', title: 'User', examples: [example] })
/** In lists, the parameter `fields` selects members. */
export const ListedUserShape = Type.Partial(Type.Object(properties), {
  $id: 'ListedUser',
  title: 'ListedUser',
})

const { last_login_at: _, ...inEvents } = properties
export const UserInEventShape = Type.Object(inEvents, { $id: 'UserInEvent', title: 'UserInEvent' })

const writable = {
  first_name: Type.Optional(NullableName),
  last_name: Type.Optional(NullableName),
  locale: Type.Optional(Locale),
  email_verified: Type.Optional(Type.Boolean()),
  status: Type.Optional(Status),
  roles: Type.Optional(RoleNames),
  external_id: Type.Optional(ExternalId),
  metadata: Type.Optional(Metadata),
  profile: Type.Optional(Profile),
}
const currentPassword = {
  current_password: Type.Optional(
    Type.String({
      maxLength: 1024,
      description:
        'The password of the caller. Required when callers change their own e-mail address, administrators included. It is also accepted as the fresh proof that a change of the rights or names of another user needs.',
    }),
  ),
}

export const NewUserShape = Type.Object(
  {
    username: Username,
    email: WantedEmail,
    password: Type.Optional(Password),
    must_change_password: Type.Optional(
      Type.Boolean({
        description:
          'Only with a `password` that an administrator sets: the user must replace it before doing anything else.',
      }),
    ),
    ...writable,
  },
  {
    $id: 'UserCreation',
    title: 'UserCreation',
    examples: [{ username: 'alice', email: 'alice@example.com', password: 'correct horse battery' }],
  },
)

export const ReplacementShape = Type.Object(
  { username: Username, email: WantedEmail, ...writable, ...currentPassword },
  {
    $id: 'UserReplacement',
    title: 'UserReplacement',
    examples: [{ username: 'alice', email: 'alice@example.com', first_name: 'Alice' }],
  },
)

const orNull = <T extends import('typebox').TSchema>(schema: T) =>
  Type.Optional(Type.Union([schema, Type.Null()]))

export const PatchShape = Type.Object(
  {
    username: Type.Optional(Username),
    email: Type.Optional(
      Type.Union([Email, Type.Null()], {
        description:
          'Null removes the address. Only administrators may do this, and only where addresses are optional.',
      }),
    ),
    first_name: Type.Optional(NullableName),
    last_name: Type.Optional(NullableName),
    locale: Type.Optional(Locale),
    email_verified: orNull(Type.Boolean()),
    status: orNull(Status),
    roles: orNull(RoleNames),
    external_id: Type.Optional(ExternalId),
    metadata: orNull(Metadata),
    profile: orNull(Profile),
    must_change_password: orNull(
      Type.Boolean({ description: 'Whether the user must replace the password before doing anything else.' }),
    ),
    ...currentPassword,
  },
  {
    $id: 'UserPatch',
    title: 'UserPatch',
    description: 'A JSON Merge Patch: null resets a field to its default.',
    examples: [{ first_name: 'Alicia', metadata: { plan: null } }],
  },
)

/** The fields that the parameter `fields` names. @throws invalid_parameter */
export function readFields(text: string | undefined): typeof userFieldNames | undefined {
  if (text === undefined) return undefined
  const names = text.split(',')
  const unknown = names.find((name) => !isOneOf(userFieldNames, name))
  if (unknown !== undefined)
    throw invalidParameter([
      {
        pointer: '/fields',
        code: 'invalid_value',
        detail: `There is no field named ${JSON.stringify(unknown.slice(0, 64))}.`,
      },
    ])
  return userFieldNames.filter((name) => names.includes(name))
}
