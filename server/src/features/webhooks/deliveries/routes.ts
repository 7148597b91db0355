import { Type } from 'typebox'
import { invalidInput } from '../../../errors.ts'
import { sendNothing } from '../../../http/answers.ts'
import { type Pages, pageParameters } from '../../../http/pagination.ts'
import type { App } from '../../../http/types.ts'
import { cutPage } from '../../../page.ts'
import { DeliveryShape, webhookParameters as params, ResendShape } from '../shapes.ts'
import type { Deliveries } from './service.ts'

const tags = ['webhooks']
const { limit, cursor } = pageParameters

export const deliveryRoutes = (deliveries: Deliveries, pages: Pages) => (app: App) => {
  app.get(
    '/webhooks/:id/deliveries',
    {
      config: { access: 'webhooks:read' },
      schema: {
        operationId: 'listWebhookDeliveries',
        tags,
        summary: 'List the deliveries, with the last request and answer of each event, newest first',
        description: 'In pages. Each names the event, the status and the time of the answer.',
        params,
        querystring: Type.Object({ limit, cursor }),
        response: { 200: Type.Array(DeliveryShape) },
      },
    },
    async (request, reply) => {
      const page = pages.readPage(request)
      const found = await deliveries.list(request.caller, request.params.id, {
        limit: page.limit + 1,
        position: page.position ? Number(page.position[0]) : null,
        direction: page.direction,
      })
      const { items, next, prev } = cutPage(found, page, ({ seq }) => [seq])
      return pages.sendPage(request, reply, { items: items.map(({ delivery }) => delivery), next, prev })
    },
  )

  app.post(
    '/webhooks/:id/test',
    {
      config: {
        access: 'webhooks:write',
        rateLimit: { name: 'webhook-test', limit: 20, seconds: 60, per: 'user' },
      },
      schema: {
        operationId: 'testWebhook',
        tags,
        summary: 'Send a test event and answer with its result',
        description: 'Sends a signed message of the type `webhook.test` now and waits for the answer.',
        params,
        response: { 200: DeliveryShape },
      },
    },
    (request) => deliveries.test(request.caller, request.params.id),
  )

  app.post(
    '/webhooks/:id/resend',
    {
      config: { access: 'webhooks:write' },
      schema: {
        operationId: 'resendWebhookEvents',
        tags,
        summary: 'Send one event again, or all since an instant',
        description: 'Give `delivery_id` or `since`.',
        params,
        body: ResendShape,
        response: { 202: Type.Null() },
      },
    },
    async (request, reply) => {
      const { delivery_id: id, since } = request.body
      if ((id === undefined) === (since === undefined))
        throw invalidInput([{ pointer: '', code: 'required', detail: 'Give either delivery_id or since.' }])
      if (id !== undefined) await deliveries.resendOne(request.caller, request.params.id, id)
      else
        await deliveries.resendSince(request.caller, request.params.id, new Date(since ?? '').toISOString())
      return sendNothing(reply, 202)
    },
  )
}
