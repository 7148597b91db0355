import { Type } from 'typebox'
import { isJsonObject } from '../../encoding/json-object.ts'
import { sendNothing } from '../../http/answers.ts'
import { madeBefore } from '../../http/idempotency.ts'
import { sendCreated, sendResource } from '../../http/message/etag.ts'
import { type Pages, pageParameters } from '../../http/pagination.ts'
import type { App } from '../../http/types.ts'
import { ifMatch } from '../../if-match.ts'
import type { Webhooks } from './service.ts'
import { webhookParameters as params, secretParameters, webhookShapes } from './shapes.ts'

const tags = ['webhooks']
const { limit, cursor } = pageParameters

/** Only changes of the target of data, or of whether it gets any, need a fresh proof. */
const redirects = ({ body }: { body: unknown }) => {
  const { url, events, enabled } = isJsonObject(body) ? body : {}
  return url !== undefined || events !== undefined || enabled !== undefined
}

export const webhookRoutes = (webhooks: Webhooks, types: readonly string[], pages: Pages) => (app: App) => {
  const shapes = webhookShapes(types)

  app.get(
    '/webhooks',
    {
      config: { access: 'webhooks:read' },
      schema: {
        operationId: 'listWebhooks',
        tags,
        summary: 'List the webhooks',
        description: 'The secrets are not part of the answer.',
        querystring: Type.Object({ limit, cursor }),
        response: { 200: Type.Array(shapes.Webhook) },
      },
    },
    async (request, reply) => pages.sendPageById(request, reply, webhooks.list, ({ id }) => id),
  )

  app.post(
    '/webhooks',
    {
      config: {
        access: 'webhooks:write',
        idempotent: webhooks.mayCreate,
        shownOnce: ['secret'],
        proof: 'fresh',
        errors: ['permission_not_held', 'webhook_limit'],
      },
      schema: {
        operationId: 'createWebhook',
        tags,
        summary: 'Create a webhook; its secret is shown only once',
        description: 'It receives the events from then on. The caller needs `events:read` as well.',
        body: shapes.Creation,
        response: { 201: shapes.Created },
      },
    },
    async (request, reply) => {
      const made = madeBefore(request)
      const { current_password: _, ...fields } = request.body
      const { webhook, version, ...shownOnce } = made
        ? await webhooks.get(made)
        : await webhooks.create(request.caller, fields)
      return sendCreated(reply, `/webhooks/${webhook.id}`, { ...webhook, ...shownOnce }, version)
    },
  )

  app.get(
    '/webhooks/:id',
    {
      config: { access: 'webhooks:read' },
      schema: {
        operationId: 'getWebhook',
        tags,
        summary: 'Read a webhook',
        description: 'The secrets are not part of the answer.',
        params,
        response: { 200: shapes.Webhook },
      },
    },
    async (request, reply) => {
      const { webhook, version } = await webhooks.get(request.params.id)
      return sendResource(request, reply, webhook, version)
    },
  )

  app.put(
    '/webhooks/:id',
    {
      config: {
        access: 'webhooks:write',
        conditional: true,
        proof: 'fresh',
        errors: ['permission_not_held'],
      },
      schema: {
        operationId: 'replaceWebhook',
        tags,
        summary: 'Replace a webhook',
        description: 'Fields that are left out get their default. The secrets stay.',
        params,
        body: shapes.Replacement,
        response: { 200: shapes.Webhook },
      },
    },
    async (request, reply) => {
      const { current_password: _, ...given } = request.body
      const fields = { description: '', events: ['*'], enabled: true, ...given }
      const { id } = request.params
      const { webhook, version } = await webhooks.change(request.caller, id, ifMatch(request), fields)
      return sendResource(request, reply, webhook, version)
    },
  )

  app.patch(
    '/webhooks/:id',
    {
      config: {
        access: 'webhooks:write',
        conditional: true,
        proof: { when: redirects },
        errors: ['permission_not_held'],
      },
      schema: {
        operationId: 'changeWebhook',
        tags,
        summary: 'Change a webhook',
        description:
          'A webhook that is switched on again continues where it stopped, as far as the feed reaches back.',
        params,
        body: shapes.Patch,
        response: { 200: shapes.Webhook },
      },
    },
    async (request, reply) => {
      const { current_password: _, ...changes } = request.body
      const { id } = request.params
      const { webhook, version } = await webhooks.change(request.caller, id, ifMatch(request), changes)
      return sendResource(request, reply, webhook, version)
    },
  )

  app.delete(
    '/webhooks/:id',
    {
      config: { access: 'webhooks:write', conditional: true, proof: 'fresh' },
      schema: {
        operationId: 'deleteWebhook',
        tags,
        summary: 'Delete a webhook; waiting events are not sent',
        description: 'The records of its deliveries are deleted as well.',
        params,
      },
    },
    async (request, reply) => {
      await webhooks.delete(request.caller, request.params.id, ifMatch(request))
      return sendNothing(reply)
    },
  )

  secretRoutes(webhooks, shapes)(app)
}

const secretRoutes = (webhooks: Webhooks, shapes: ReturnType<typeof webhookShapes>) => (app: App) => {
  app.get(
    '/webhooks/:id/secrets',
    {
      config: { access: 'webhooks:read' },
      schema: {
        operationId: 'listWebhookSecrets',
        tags,
        summary: 'List the secrets of a webhook, without their values',
        description: 'When each secret was made.',
        params,
        response: { 200: Type.Array(shapes.Secret) },
      },
    },
    (request) => webhooks.listSecrets(request.params.id),
  )

  app.post(
    '/webhooks/:id/secrets',
    {
      config: {
        access: 'webhooks:write',
        proof: 'fresh',
        errors: ['secret_not_allowed', 'permission_not_held'],
      },
      schema: {
        operationId: 'addWebhookSecret',
        tags,
        summary: 'Add a second secret; it is shown only once',
        description: 'Messages are signed with both. Delete the old one when the receiver knows the new one.',
        params,
        response: { 201: shapes.NewSecret },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const secret = await webhooks.addSecret(request.caller, id)
      return sendCreated(reply, `/webhooks/${id}/secrets`, secret, 1)
    },
  )

  app.delete(
    '/webhooks/:id/secrets/:secret_id',
    {
      config: { access: 'webhooks:write', errors: ['secret_not_allowed'] },
      schema: {
        operationId: 'deleteWebhookSecret',
        tags,
        summary: 'Delete one of two secrets of a webhook',
        description: 'Messages are signed with the other one only. The last secret cannot be deleted.',
        params: secretParameters,
      },
    },
    async (request, reply) => {
      await webhooks.deleteSecret(request.caller, request.params.id, request.params.secret_id)
      return sendNothing(reply)
    },
  )
}
