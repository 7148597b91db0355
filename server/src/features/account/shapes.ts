/** The shapes of the account routes. */
import { type TSchema, Type } from 'typebox'

export const Email = Type.String({ minLength: 1, maxLength: 254 })
const Token = Type.String({
  minLength: 1,
  maxLength: 100,
  description: 'The text after `#token=` in the link of the mail.',
})
const Password = Type.String({ maxLength: 1024 })
const Instant = Type.String({ format: 'date-time' })
const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

const token = 'q5-Ah0nGk1ytsHLh2ZVDvVrLkN3oYpJ0Ck8bQeUiXwM'

export const ForgottenPassword = Type.Object(
  { email: Email },
  { $id: 'ForgottenPassword', title: 'ForgottenPassword', examples: [{ email: 'alice@example.com' }] },
)
export const PasswordReset = Type.Object(
  { token: Token, password: Password },
  { $id: 'PasswordReset', title: 'PasswordReset', examples: [{ token, password: 'correct horse battery' }] },
)
export const EmailVerification = Type.Object(
  {
    token: Token,
    password: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 1024,
        description: 'Of the account. Not needed with a session of the account.',
      }),
    ),
    new_password: Type.Optional(
      Type.String({
        maxLength: 1024,
        description:
          'For a reader who does not know the password. It ends the former password, sessions, API keys and second factors.',
      }),
    ),
  },
  {
    $id: 'EmailVerification',
    title: 'EmailVerification',
    examples: [{ token, password: 'correct horse battery' }],
  },
)
export const EmailConfirmation = Type.Object(
  {
    token: Token,
    password: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 1024,
        description: 'Of the account. Not needed with a session of the account.',
      }),
    ),
  },
  {
    $id: 'EmailConfirmation',
    title: 'EmailConfirmation',
    examples: [{ token, password: 'correct horse battery' }],
  },
)
export const LinkToken = Type.Object(
  { token: Token },
  { $id: 'LinkToken', title: 'LinkToken', examples: [{ token }] },
)
export const LinkShape = Type.Object(
  { expires_at: Instant },
  { $id: 'OneTimeLink', title: 'OneTimeLink', examples: [{ expires_at: '2026-07-01T09:30:00.000Z' }] },
)
export const SignUpShape = Type.Object(
  {
    username: Type.String(),
    created_at: Instant,
    program: Type.Union([Type.String(), Type.Null()], {
      description: 'The browser or program of the sign-up. null when it is not known.',
    }),
    can_be_discarded: Type.Boolean({
      description: 'The account was created by sign-up, and its address was never proven.',
    }),
  },
  {
    $id: 'SignUp',
    title: 'SignUp',
    examples: [
      {
        username: 'alice',
        created_at: '2026-11-23T03:04:05.678Z',
        program: 'Firefox on Linux',
        can_be_discarded: true,
      },
    ],
  },
)
export const VerificationRequest = Type.Object(
  { email: Type.Optional(Email) },
  { $id: 'VerificationRequest', title: 'VerificationRequest', examples: [{ email: 'alice@example.com' }] },
)
export const PasswordChange = Type.Object(
  {
    current_password: Type.Optional(
      Type.String({ maxLength: 1024, description: 'Required: 403 without it, 401 if it is wrong.' }),
    ),
    password: Password,
    keep_api_keys: Type.Optional(
      Type.Boolean({ description: '`true` keeps your API keys; otherwise they end.' }),
    ),
  },
  {
    $id: 'PasswordChange',
    title: 'PasswordChange',
    examples: [{ current_password: 'correct horse battery', password: 'staple of a new horse' }],
  },
)
export const FirstAdminShape = Type.Object(
  {
    token: Type.String({
      minLength: 1,
      maxLength: 100,
      description: 'From the link that the first start prints.',
    }),
    username: Type.String({ minLength: 1, maxLength: 64 }),
    email: Type.String({ minLength: 3, maxLength: 254 }),
    password: Password,
  },
  {
    $id: 'FirstAdmin',
    title: 'FirstAdmin',
    examples: [{ token, username: 'admin', email: 'admin@example.com', password: 'correct horse battery' }],
  },
)

export const userDataShape = (shapes: {
  user: TSchema
  apiKey: TSchema
  identity: TSchema
  connection: TSchema
  factors: TSchema
  trustedBrowser: TSchema
  auditEvent: TSchema
}) =>
  Type.Object(
    {
      user: shapes.user,
      has_password: Type.Boolean(),
      factors: shapes.factors,
      trusted_browsers: Type.Array(shapes.trustedBrowser),
      sessions: Type.Array(
        Type.Object({
          id: Type.String({ format: 'uuid' }),
          user_agent: orNull(Type.String()),
          address: orNull(Type.String()),
          auth_methods: Type.Array(Type.String()),
          created_at: Instant,
          last_seen_at: Instant,
          expires_at: Instant,
          ended_at: orNull(Instant),
          end_reason: orNull(Type.String()),
        }),
        { description: 'Includes ended sessions until they are deleted.' },
      ),
      api_keys: Type.Array(shapes.apiKey),
      identities: Type.Array(shapes.identity, {
        description: 'Accounts at other providers that the user signs in with.',
      }),
      connected_applications: Type.Array(shapes.connection, {
        description: 'Applications that the user signed in to.',
      }),
      groups: Type.Array(
        Type.Object({ id: Type.String({ format: 'uuid' }), name: Type.String(), direct: Type.Boolean() }),
        { description: 'Groups of the user, also those that contain one of them.' },
      ),
      links: Type.Array(Type.Object({ purpose: Type.String(), created_at: Instant, expires_at: Instant }), {
        description: 'Links of mails that may still be used.',
      }),
      audit_events: Type.Array(shapes.auditEvent, { description: 'The latest 10,000.' }),
    },
    { $id: 'UserData', title: 'UserData' },
  )
