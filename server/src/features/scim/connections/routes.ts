import { Type } from 'typebox'
import { sendNothing } from '../../../http/answers.ts'
import { sendCreated, sendResource } from '../../../http/message/etag.ts'
import { type Pages, pageParameters } from '../../../http/pagination.ts'
import type { App } from '../../../http/types.ts'
import { ifMatch } from '../../../if-match.ts'
import type { Scim } from '../feature.ts'
import {
  ConnectionCreationShape,
  ConnectionPatchShape,
  ConnectionShape,
  connectionParameters as params,
  ScimRequestShape,
} from './shapes.ts'

const tags = ['scim']
const { limit, cursor } = pageParameters
const access = 'api_keys:admin'

export const scimConnectionRoutes =
  ({ connections }: Scim, pages: Pages) =>
  (app: App) => {
    app.get(
      '/scim-connections',
      {
        config: { access },
        schema: {
          operationId: 'listScimConnections',
          tags,
          summary: 'List the SCIM connections: API keys of directories and their rules',
          description:
            'A directory such as Entra ID or Okta uses one API key, and its connection says what it may change.',
          querystring: Type.Object({ limit, cursor }),
          response: { 200: Type.Array(ConnectionShape) },
        },
      },
      async (request, reply) =>
        pages.sendPage(request, reply, await connections.list(pages.readPage(request))),
    )

    app.post(
      '/scim-connections',
      {
        config: { access, proof: 'fresh', errors: ['permission_not_held', 'already_exists'] },
        schema: {
          operationId: 'createScimConnection',
          tags,
          summary: 'Give an API key rules for SCIM',
          description: 'An API key without rules gets the default rules with its first request.',
          body: ConnectionCreationShape,
          response: { 201: ConnectionShape },
        },
      },
      async (request, reply) => {
        const { current_password: _, ...fields } = request.body
        const { connection, version } = await connections.create(request.caller, fields)
        return sendCreated(reply, `/scim-connections/${connection.id}`, connection, version)
      },
    )

    app.get(
      '/scim-connections/:id',
      {
        config: { access },
        schema: {
          operationId: 'getScimConnection',
          tags,
          summary: 'Read a SCIM connection',
          description: 'With the rules and when the directory was last seen.',
          params,
          response: { 200: ConnectionShape },
        },
      },
      async (request, reply) => {
        const { connection, version } = await connections.get(request.params.id)
        return sendResource(request, reply, connection, version)
      },
    )

    app.patch(
      '/scim-connections/:id',
      {
        config: {
          access,
          conditional: true,
          proof: 'fresh',
          errors: ['permission_not_held', 'already_exists'],
        },
        schema: {
          operationId: 'changeScimConnection',
          tags,
          summary: 'Change the rules of a SCIM connection, or give it another API key',
          description: 'Send only the fields that change.',
          params,
          body: ConnectionPatchShape,
          response: { 200: ConnectionShape },
        },
      },
      async (request, reply) => {
        const { current_password: _, ...changes } = request.body
        const { id } = request.params
        const changed = await connections.change(request.caller, id, ifMatch(request), changes)
        return sendResource(request, reply, changed.connection, changed.version)
      },
    )

    app.delete(
      '/scim-connections/:id',
      {
        config: { access, conditional: true, errors: ['connection_in_use'] },
        schema: {
          operationId: 'deleteScimConnection',
          tags,
          summary: 'Delete a SCIM connection whose API key has ended',
          description: 'The users that the directory created stay.',
          params,
        },
      },
      async (request, reply) => {
        await connections.delete(request.caller, request.params.id, ifMatch(request))
        return sendNothing(reply)
      },
    )

    app.get(
      '/scim-connections/:id/requests',
      {
        config: { access },
        schema: {
          operationId: 'listScimRequests',
          tags,
          summary: 'List the last requests of a SCIM connection, the newest first',
          description:
            'Kept for up to 30 days: the last 100 that changed something or were refused, and the last 100 that read.',
          params,
          querystring: Type.Object({
            limit,
            cursor,
            changes: Type.Optional(
              Type.Boolean({ description: 'Only those that changed something or were refused.' }),
            ),
          }),
          response: { 200: Type.Array(ScimRequestShape) },
        },
      },
      async (request, reply) => {
        const { changes = false } = request.query
        const page = await connections.listRequests(request.params.id, changes, pages.readPage(request))
        return pages.sendPage(request, reply, page)
      },
    )
  }
