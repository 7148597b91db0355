/** The index and the health checks. */

import { Type } from 'typebox'
import type { Caller } from '../caller.ts'
import { AppError, isAppError } from '../errors.ts'
import { sendBody } from './answers.ts'
import { negotiate } from './message/media-types.ts'
import { json } from './route-plan.ts'
import type { AnyReply, App } from './types.ts'

const both = [json, 'text/html'] as const
const Health = Type.Object({ status: Type.Literal('ok') }, { $id: 'Health', title: 'Health' })

export type HealthNeeds = {
  /** Resolves when the service works. */
  ready(): Promise<void>
  isDraining(): boolean
}

/** `live` means that the process answers; `ready` that it should get requests. Neither has a rate limit. */
export function healthRoutes(needs: HealthNeeds) {
  return (app: App) => {
    app.get(
      '/health/live',
      {
        // Credentials of the request may be wrong, or impossible to check now: they do not matter.
        config: { access: 'public', unlimited: true, ownCredentials: true },
        schema: {
          operationId: 'getLiveness',
          tags: ['health'],
          summary: 'Check that the process is alive',
          description:
            'For the liveness probe of an orchestrator. It does not use the database, so a failure of the database does not restart the process.',
          response: { 200: Health },
        },
      },
      async () => ({ status: 'ok' as const }),
    )
    app.get(
      '/health/ready',
      {
        // Credentials of the request may be wrong, or impossible to check now: they do not matter.
        config: { access: 'public', unlimited: true, ownCredentials: true },
        schema: {
          operationId: 'getReadiness',
          tags: ['health'],
          summary: 'Check that the service can work',
          description:
            'For load balancers: 200 if the database answers and its schema is current, otherwise 503.',
          response: { 200: Health },
        },
      },
      async () => {
        if (needs.isDraining())
          throw new AppError('dependency_unavailable', { detail: 'The service is stopping.' })
        await needs.ready().catch((error: unknown) => {
          throw isAppError(error) ? error : new AppError('dependency_unavailable')
        })
        return { status: 'ok' as const }
      },
    )
  }
}

export type Index = {
  /** The path of the public URL. */
  path: string
  version: string
  /** The path of the start page for browsers. */
  startPage(caller: Caller): Promise<string>
}

/** `GET /`: programs get a description and links; browsers are redirected to the start page. */
export function indexRoute({ path, version, startPage }: Index) {
  const index = {
    name: 'roster' as const,
    version,
    links: {
      openapi: `${path}/openapi.json`,
      docs: `${path}/docs`,
      health: `${path}/health/ready`,
    },
  }
  const Index = Type.Object(
    {
      name: Type.Literal('roster'),
      version: Type.String(),
      links: Type.Record(Type.String(), Type.String()),
    },
    { $id: 'ServiceIndex', title: 'ServiceIndex' },
  )
  return (app: App) => {
    app.get(
      '/',
      {
        config: { access: 'public', whileEnrolling: true, produces: both },
        schema: {
          operationId: 'getIndex',
          tags: ['about'],
          summary: 'Read the name and version of the service',
          description: 'The name and version of the service, with the addresses of its documents.',
          response: {
            200: Index,
            303: Type.Null({ description: 'A browser goes to the page that it starts with.' }),
          },
        },
      },
      async (request, reply) => {
        reply.header('vary', 'Accept, Cookie, Origin')
        if (negotiate(request.headers.accept, both) === json) return reply.send(index)
        reply.header('location', await startPage(request.caller))
        return redirect(reply)
      },
    )
  }
}

function redirect(reply: AnyReply): never {
  reply.code(303)
  return sendBody(reply)
}
