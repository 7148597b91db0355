import { Type } from 'typebox'
import { languages } from '../../html/language.ts'
import { sendBody, untyped } from '../../http/answers.ts'
import type { App } from '../../http/types.ts'
import type { InstallationService } from './feature.ts'

const Count = Type.Integer({ minimum: 0 })

const InstallationShape = Type.Object(
  {
    version: Type.String(),
    node: Type.String({ description: 'The version of Node.js.' }),
    started_at: Type.String({ format: 'date-time' }),
    database: Type.Object({
      engine: Type.String({ enum: ['sqlite', 'postgres'] }),
      ok: Type.Boolean({ description: 'Whether it can be written.' }),
      clock_skew_ms: Type.Union([Type.Integer(), Type.Null()], {
        description: 'How far its clock is from that of this process; null when it was not read.',
      }),
    }),
    mail: Type.Object({
      ok: Type.Boolean({ description: 'Whether a mail server is set and no mail has waited for an hour.' }),
      server: Type.Boolean({ description: 'Whether a mail server is set.' }),
      queued: Count,
      oldest_seconds: Type.Integer({ minimum: 0, description: 'For how long the oldest mail has waited.' }),
      given_up: Type.Integer({ minimum: 0, description: 'Mails of the last week that were not delivered.' }),
    }),
    settings: Type.Array(
      Type.Object({
        name: Type.String(),
        value: Type.String({ description: 'Secrets are not shown.' }),
        source: Type.String({ enum: ['environment', 'file', 'default'] }),
        about: Type.String(),
      }),
    ),
  },
  { $id: 'Installation', title: 'Installation' },
)

const Instant = Type.String({ format: 'date-time' })

const SigningKeys = Type.Array(
  Type.Object(
    {
      id: Type.String({ description: 'The `kid` of tokens.' }),
      algorithm: Type.Enum(['EdDSA', 'RS256']),
      state: Type.Enum(['signing', 'next', 'retiring'], {
        description:
          '`next` is published and signs from `active_at`; `retiring` no longer signs, and is published until its tokens have expired.',
      }),
      created_at: Instant,
      active_at: Instant,
      retired_at: Type.Union([Instant, Type.Null()]),
    },
    { $id: 'SigningKey', title: 'SigningKey' },
  ),
)

const MailTemplateShape = Type.Object(
  {
    name: Type.String(),
    language: Type.Enum([...languages]),
    subject: Type.String(),
    text: Type.String(),
  },
  { $id: 'MailTemplate', title: 'MailTemplate' },
)

const TestMailShape = Type.Object(
  {
    address: Type.String({ description: 'Your own address.' }),
    outcome: Type.Enum(['sent', 'refused', 'deferred', 'unreachable', 'no_server']),
    reason: Type.Union([Type.String(), Type.Null()], { description: 'What the mail server said.' }),
  },
  { $id: 'TestMail', title: 'TestMail' },
)
const tags = ['installation']

export const installationRoutes = (installation: InstallationService) => (app: App) => {
  app.get(
    '/installation',
    {
      config: { access: 'settings:read' },
      schema: {
        operationId: 'getInstallation',
        tags,
        summary: 'Read the settings of this process, and whether its database and its mails work',
        description:
          'The settings are those of the process that answers; secrets are not shown. They are changed where the service is started.',
        response: { 200: InstallationShape },
      },
    },
    async () => untyped(await installation.read()),
  )

  app.get(
    '/signing-keys',
    {
      config: { access: 'settings:read' },
      schema: {
        operationId: 'listSigningKeys',
        tags,
        summary: 'List the keys that sign tokens',
        description: 'Those that are published in the JWKS, the newest first. Private parts are never shown.',
        response: { 200: SigningKeys },
      },
    },
    async () => installation.listKeys(),
  )

  app.post(
    '/signing-keys/rotate',
    {
      config: { access: 'settings:write', proof: 'fresh' },
      schema: {
        operationId: 'rotateSigningKeys',
        tags,
        summary: 'Make new keys for tokens',
        description:
          'They take over in 24 hours, when services have fetched them. With `now` they sign immediately and all tokens of the other keys are refused: for a key that was stolen.',
        body: Type.Object({ now: Type.Optional(Type.Boolean({ default: false })) }),
        response: { 200: SigningKeys },
      },
    },
    async (request) => installation.rotateKeys(request.caller, request.body.now ?? false),
  )

  app.get(
    '/mail-templates',
    {
      config: { access: 'settings:read' },
      schema: {
        operationId: 'listMailTemplates',
        tags,
        summary: 'Read every mail as it will look',
        description: 'In each language, with examples in place of names, links and times.',
        response: { 200: Type.Array(MailTemplateShape) },
      },
    },
    async () => installation.listTemplates(),
  )

  app.post(
    '/test-mail',
    {
      config: {
        access: 'settings:write',
        rateLimit: { name: 'test-mail', limit: 10, seconds: 60, per: 'user' },
        errors: ['forbidden', 'no_email_address'],
      },
      schema: {
        operationId: 'sendTestMail',
        tags,
        summary: 'Send a test mail to yourself, and return the answer of the mail server',
        description: 'It goes to the address of the caller, past the queue.',
        response: { 200: TestMailShape },
      },
    },
    async (request, reply) => sendBody(reply, await installation.sendTestMail(request.caller)),
  )
}
