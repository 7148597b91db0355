/** `GET /auth/check`: a proxy asks whether a request to an application is allowed, and who sent it. */

import { Type } from 'typebox'
import { type Caller, permissions } from '../../caller.ts'
import { AppError } from '../../errors.ts'
import { ownPath } from '../../http/admission/return-to.ts'
import { sendBody, sendNothing } from '../../http/answers.ts'
import type { AnyReply, AnyRequest, App } from '../../http/types.ts'

type Person = { id: string; username: string; email: string | null; email_verified: boolean; roles: string[] }
type Needs = {
  getUser(id: string): Promise<Person>
  /** The names of the user's groups, including the groups that contain them. */
  groupsOf(id: string): Promise<readonly string[]>
  /** Without a trailing slash. */
  publicUrl: string
}

const Nothing = (description: string) => Type.Null({ description })

export const gatewayRoutes =
  ({ getUser, groupsOf, publicUrl }: Needs) =>
  (app: App) => {
    app.get(
      '/auth/check',
      {
        // The proxy sends the headers of the original request, so `Accept` does not apply to this answer.
        config: {
          access: 'public',
          produces: [],
          whileImpersonating: false,
          errors: ['unauthenticated', 'forbidden'],
        },
        schema: {
          operationId: 'checkAccess',
          tags: ['auth'],
          summary: 'Check a request, for proxies in front of applications',
          description:
            'The answer names the user in `X-Roster-User`, `X-Roster-Username`, `X-Roster-Email` (empty unless the address is verified), `X-Roster-Roles` and `X-Roster-Groups`. Characters outside ASCII are percent-encoded. An API key has no roles and no groups. An application that acts for itself does not pass.',
          querystring: Type.Object({
            role: Type.Optional(
              Type.String({ minLength: 1, maxLength: 64, description: 'Only users who have it pass.' }),
            ),
            group: Type.Optional(
              Type.String({ minLength: 1, maxLength: 256, description: 'Only members of it pass.' }),
            ),
            permission: Type.Optional(
              Type.Union(
                permissions.map((name) => Type.Literal(name)),
                { description: 'Only callers who hold it pass.' },
              ),
            ),
            sign_in: Type.Optional(
              Type.Boolean({
                default: false,
                description: 'Sends browsers that open a page to the sign-in page instead of answering 401.',
              }),
            ),
          }),
          response: {
            204: Nothing('The request may pass.'),
            303: Nothing('To the sign-in page.'),
          },
        },
      },
      async (request, reply) => {
        const { role, group, permission, sign_in } = request.query
        const { caller } = request
        if (caller.kind === 'application')
          throw new AppError('forbidden', { detail: 'An application that acts for itself has no user.' })
        if (caller.kind === 'anonymous' || caller.userId === null) {
          if (!sign_in || !opensPage(request)) throw new AppError('unauthenticated')
          return redirect(reply, signInUrl(publicUrl, request))
        }
        const user = await getUser(caller.userId)
        const roles = rolesOf(caller, user)
        if (role !== undefined && !roles.includes(role))
          throw new AppError('forbidden', { detail: `This needs the role ${role}.` })
        const groups = caller.kind === 'user' ? await groupsOf(user.id) : []
        if (group !== undefined && !groups.includes(group))
          throw new AppError('forbidden', { detail: `This needs the group ${group}.` })
        if (permission !== undefined && !caller.permissions.has(permission))
          throw new AppError('forbidden', { detail: `This needs the permission ${permission}.` })
        reply.header('x-roster-user', user.id)
        reply.header('x-roster-username', encoded(user.username))
        // All headers are always set, because a proxy such as Caddy copies the name of the placeholder for a missing one.
        reply.header('x-roster-email', user.email !== null && user.email_verified ? encoded(user.email) : '')
        reply.header('x-roster-roles', roles.map(encoded).join(','))
        reply.header('x-roster-groups', cut(groups.map(encoded)))
        return sendNothing(reply)
      },
    )
  }

/** An API key has the permissions that it was given, not the roles of its owner. */
function rolesOf(caller: Caller, user: Person): readonly string[] {
  return caller.kind === 'user' ? user.roles : []
}

const maxGroupBytes = 4096

/** The names, truncated to the header size that proxies accept. */
function cut(names: readonly string[]): string {
  const text = names.join(',')
  return text.length <= maxGroupBytes ? text : text.slice(0, text.lastIndexOf(',', maxGroupBytes))
}

/** The method of the original request. Proxies send it in `X-Forwarded-Method`. */
function opensPage({ headers, method }: AnyRequest): boolean {
  const sent = headers['x-forwarded-method'] ?? method
  const opens = headers['sec-fetch-mode'] === undefined || headers['sec-fetch-mode'] === 'navigate'
  return (sent === 'GET' || sent === 'HEAD') && opens && /\btext\/html\b/.test(headers.accept ?? '')
}

function signInUrl(publicUrl: string, { headers }: AnyRequest): string {
  const asked = ownPath(String(headers['x-forwarded-uri'] ?? ''))
  return `${publicUrl}/sign-in${asked === null ? '' : `?return_to=${encodeURIComponent(asked)}`}`
}

function redirect(reply: AnyReply, location: string): never {
  reply.header('location', location)
  reply.code(303)
  return sendBody(reply)
}

/** A header value in visible ASCII. Other characters, commas and `%` are percent-encoded. */
function encoded(text: string): string {
  return text.replace(/[^\x21-\x7e]|[%,]/gu, (character) => encodeURIComponent(character))
}
