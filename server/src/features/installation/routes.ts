import { Type } from 'typebox'
import type { App } from '../../http/types.ts'
import type { Installation } from './feature.ts'

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

export const installationRoutes = (read: () => Promise<Installation>) => (app: App) => {
  app.get(
    '/installation',
    {
      config: { access: 'settings:read' },
      schema: {
        operationId: 'getInstallation',
        tags: ['installation'],
        summary: 'Read the settings of this process, and whether its database and its mails work',
        description:
          'The settings are those of the process that answers; secrets are not shown. They are changed where the service is started.',
        response: { 200: InstallationShape },
      },
    },
    () => read() as Promise<never>,
  )
}
