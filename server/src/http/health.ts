/** The index and the health checks. */
import { Type } from 'typebox'
import { AppError, isAppError } from '../errors.ts'
import type { App } from './app.ts'

const Health = Type.Object({ status: Type.Literal('ok') }, { $id: 'Health', title: 'Health' })

export type HealthNeeds = {
  /** Resolves when the service can do its work. */
  ready(): Promise<void>
  isDraining(): boolean
}

/** `live` says that the process answers; `ready` that it should get requests. Neither is limited. */
export function healthRoutes(needs: HealthNeeds) {
  return (app: App) => {
    app.get(
      '/health/live',
      {
        // Whoever asks may bring credentials that are wrong or cannot be checked now.
        config: { access: 'public', unlimited: true, ownCredentials: true },
        schema: {
          operationId: 'getLiveness',
          tags: ['health'],
          summary: 'Is the process alive?',
          response: { 200: Health },
        },
      },
      async () => ({ status: 'ok' as const }),
    )
    app.get(
      '/health/ready',
      {
        // Whoever asks may bring credentials that are wrong or cannot be checked now.
        config: { access: 'public', unlimited: true, ownCredentials: true },
        schema: {
          operationId: 'getReadiness',
          tags: ['health'],
          summary: 'Can the service do its work?',
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

/** `GET /`: what this is and where to go on. */
export function indexRoute(version: string) {
  const index = {
    name: 'roster' as const,
    version,
    links: {
      openapi: '/openapi.json',
      docs: '/docs',
      health: '/health/ready',
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
        config: { access: 'public' },
        schema: {
          operationId: 'getIndex',
          tags: ['about'],
          summary: 'What this service is',
          response: { 200: Index },
        },
      },
      async () => index,
    )
  }
}
