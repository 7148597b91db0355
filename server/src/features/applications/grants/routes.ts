import { Type } from 'typebox'
import { selfOr } from '../../../http/admission/access.ts'
import { sendNothing } from '../../../http/answers.ts'
import type { App } from '../../../http/types.ts'
import { UserId } from '../../../http/user-id.ts'
import type { Connections } from './connections.ts'

const Instant = Type.String({ format: 'date-time' })
const Uuid = Type.String({ format: 'uuid' })
export const ConnectionShape = Type.Object(
  {
    application_id: Uuid,
    name: Type.String(),
    scopes: Type.Array(Type.String(), { description: 'What the user has allowed.' }),
    created_at: Instant,
    last_sign_in_at: Instant,
  },
  { $id: 'ConnectedApplication', title: 'ConnectedApplication' },
)
const tags = ['applications']

export const connectionRoutes = (connections: Connections) => (app: App) => {
  app.get(
    '/users/:id/connected-applications',
    {
      config: { access: selfOr('users:read'), errors: ['permission_not_held'] },
      schema: {
        operationId: 'listConnectedApplications',
        tags,
        summary: 'List the applications that a user signed in to',
        description: 'With the scopes that the user allowed.',
        params: Type.Object({ id: UserId }),
        response: { 200: Type.Array(ConnectionShape) },
      },
    },
    (request) => connections.list(request.caller, request.params.id),
  )

  app.delete(
    '/users/:id/connected-applications/:application_id',
    {
      config: { access: selfOr('users:write'), errors: ['permission_not_held', 'reauthentication_required'] },
      schema: {
        operationId: 'removeConnectedApplication',
        tags,
        summary: 'Revoke the access of an application for a user, and sign the user out of it',
        description: 'Revokes the tokens and the consent. The application asks again at the next sign-in.',
        params: Type.Object({ id: UserId, application_id: Uuid }),
      },
    },
    async (request, reply) => {
      await connections.remove(request.caller, request.params.id, request.params.application_id)
      return sendNothing(reply)
    },
  )
}
