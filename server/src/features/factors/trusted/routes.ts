import { Type } from 'typebox'
import { selfOr } from '../../../http/admission/access.ts'
import { sendNothing } from '../../../http/answers.ts'
import type { App } from '../../../http/types.ts'
import { UserId } from '../../../http/user-id.ts'
import type { TrustedBrowsers } from './service.ts'

const Instant = Type.String({ format: 'date-time' })
export const TrustedBrowserShape = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    user_agent: Type.Union([Type.String(), Type.Null()]),
    created_at: Instant,
    last_used_at: Instant,
    expires_at: Instant,
  },
  { $id: 'TrustedBrowser', title: 'TrustedBrowser' },
)
const tags = ['factors']

export const trustedBrowserRoutes = (browsers: TrustedBrowsers) => (app: App) => {
  app.get(
    '/users/:id/trusted-browsers',
    {
      config: { access: selfOr('users:read'), errors: ['permission_not_held'] },
      schema: {
        operationId: 'listTrustedBrowsers',
        tags,
        summary: 'The browsers in which the user is not asked for the second factor',
        description: 'Users choose this when they answer the second factor.',
        params: Type.Object({ id: UserId }),
        response: { 200: Type.Array(TrustedBrowserShape) },
      },
    },
    (request) => browsers.list(request.caller, request.params.id),
  )

  app.delete(
    '/users/:id/trusted-browsers/:browser_id',
    {
      config: { access: selfOr('users:write'), errors: ['permission_not_held'] },
      schema: {
        operationId: 'forgetTrustedBrowser',
        tags,
        summary: 'Ask for the second factor in this browser again',
        description: 'The next sign-in in that browser asks for the second factor.',
        params: Type.Object({ id: UserId, browser_id: Type.String({ format: 'uuid' }) }),
      },
    },
    async (request, reply) => {
      await browsers.remove(request.caller, request.params.id, request.params.browser_id)
      return sendNothing(reply)
    },
  )
}
