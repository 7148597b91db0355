import { type Static, Type } from 'typebox'
import { isSelf, may, supporting } from '../../caller.ts'
import { isJsonObject } from '../../encoding/json-object.ts'
import { selfOr } from '../../http/admission/access.ts'
import { signupLimit } from '../../http/admission/rate-limit.ts'
import { sendNothing } from '../../http/answers.ts'
import { madeBefore } from '../../http/idempotency.ts'
import { sendCreated, sendResource } from '../../http/message/etag.ts'
import { type Pages, pageParameters } from '../../http/pagination.ts'
import type { AnyReply, AnyRequest, App } from '../../http/types.ts'
import { UserId } from '../../http/user-id.ts'
import { ifMatch } from '../../if-match.ts'
import { fields, sort, userFilters } from './list/parameters.ts'
import {
  ListedUserShape,
  NewUserShape,
  PatchShape,
  ReplacementShape,
  readFields,
  UserShape,
  userFieldNames,
} from './shapes.ts'
import type { User } from './user.ts'
import type { Users } from './users.ts'

const tags = ['users']
/** The answers; 204 is for a caller who may change users but not read them. */
const changedUser = { 200: UserShape, 204: Type.Null() }
const namesTaken = ['username_taken', 'email_taken', 'external_id_taken', 'already_exists'] as const
const changeErrors = [
  ...namesTaken,
  'last_admin',
  'unproven_account',
  'no_email_address',
  'field_not_writable',
  'permission_not_held',
  'reauthentication_required',
  'invalid_credentials',
] as const
const params = Type.Object({ id: UserId })
const changeQuery = Type.Object({
  credentials: Type.Optional(
    Type.Union([Type.Literal('keep'), Type.Literal('reset')], {
      description:
        'Required for a sign-up whose address was never verified, when the change marks the address as verified or gives permissions. `keep` vouches for the person who has the password. `reset` removes the password, sessions, API keys and second factors, and sends a link.',
    }),
  ),
})

export const userRoutes = (users: Users, pages: Pages) => (app: App) => {
  readAndCreateRoutes(app, users, pages)
  changeRoutes(app, users)
  removalRoutes(app, users)
}

function readAndCreateRoutes(app: App, users: Users, pages: Pages): void {
  app.get(
    '/users',
    {
      config: { access: 'users:read' },
      schema: {
        operationId: 'listUsers',
        tags,
        summary: 'List, search and filter users',
        description:
          'Follow the `Link` header from page to page; its cursors stay correct while users are added and deleted. Use `q` to search by words, or `filter` for conditions.',
        querystring: Type.Object({ ...pageParameters, ...userFilters, sort, fields }),
        response: { 200: Type.Array(ListedUserShape) },
      },
    },
    async (request, reply) => {
      const { fields: wanted, limit: _, cursor: __, count: ___, ...parameters } = request.query
      const names = readFields(wanted) ?? userFieldNames
      const page = await users.listJson(request.caller, parameters, pages.readPage(request), names)
      return pages.sendPageOfJson(request, reply, page)
    },
  )

  app.post(
    '/users',
    {
      config: {
        access: 'public',
        idempotent: users.mayCreate,
        rateLimit: signupLimit,
        faultsOf: users.faultsOfNew,
        errors: [
          ...namesTaken,
          'signup_closed',
          'field_not_writable',
          'permission_not_held',
          'reauthentication_required',
        ],
      },
      schema: {
        operationId: 'createUser',
        tags,
        summary: 'Sign up, or create a user',
        description:
          'Anyone may sign up, unless sign-up is closed. A caller with `users:write` may also set roles, status, metadata and `email_verified`. Send an `Idempotency-Key` to repeat the request safely.',
        body: NewUserShape,
        response: { 201: UserShape },
      },
    },
    async (request, reply) => {
      const made = madeBefore(request)
      const { user, version } = made
        ? await users.get(made)
        : await users.create(request.caller, request.body)
      return sendCreated(reply, `/users/${user.id}`, user, version)
    },
  )

  app.get(
    '/users/:id',
    {
      config: { access: selfOr('users:read') },
      schema: {
        operationId: 'getUser',
        tags,
        summary: 'Read a user',
        description: '`me` stands for your own id. The `ETag` is the version of the user, for `If-Match`.',
        params,
        response: { 200: UserShape },
      },
    },
    async (request, reply) => {
      const { json, version } = await users.getJson(request.params.id)
      return sendResource(request, reply, json, version)
    },
  )
}

function changeRoutes(app: App, users: Users): void {
  app.put(
    '/users/:id',
    {
      config: {
        access: selfOr('users:write'),
        conditional: true,
        faultsOf: (caller, fields, { id }) => users.faultsOfChange(caller, id!, fields, 'replacement'),
        errors: changeErrors,
      },
      schema: {
        operationId: 'replaceUser',
        tags,
        summary: 'Replace a user',
        description:
          'Send all fields. Missing fields are reset to their defaults. Use `If-Match` to avoid overwriting the change of another client.',
        params,
        querystring: changeQuery,
        body: ReplacementShape,
        response: changedUser,
      },
    },
    async (request, reply) => {
      const { user, version } = await users.replace(request.caller, wantedOf(request), request.body)
      return sendChanged(request, reply, user, version)
    },
  )

  app.patch(
    '/users/:id',
    {
      config: {
        access: selfOr(supporting),
        conditional: true,
        whileImpersonating: true,
        faultsOf: (caller, fields, { id }) => users.faultsOfChange(caller, id!, fields, 'patch'),
        errors: changeErrors,
      },
      schema: {
        operationId: 'changeUser',
        tags,
        summary: 'Change a user (JSON Merge Patch)',
        description:
          'Send only the fields that change; null sets a field to its default, and `metadata` and `profile` are merged. Users change their own names, `locale` and `profile`; roles, status and metadata need `users:write`.',
        params,
        querystring: changeQuery,
        body: PatchShape,
        response: changedUser,
      },
    },
    async (request, reply) => {
      const { user, version } = await users.patch(request.caller, wantedOf(request), request.body)
      return sendChanged(request, reply, user, version)
    },
  )
}

function removalRoutes(app: App, users: Users): void {
  app.delete(
    '/users/:id',
    {
      config: {
        access: selfOr('users:delete'),
        conditional: true,
        proof: { when: ({ query }) => isJsonObject(query) && query['purge'] === true },
        errors: ['last_admin', 'permission_not_held', 'reauthentication_required', 'invalid_credentials'],
      },
      schema: {
        operationId: 'deleteUser',
        tags,
        summary: 'Move a user to the recycle bin, or erase the user',
        description:
          'The user can no longer sign in, and is erased after 30 days. `purge=true` erases the user now. Users who delete their own account send their `password`. A user with permissions needs a fresh proof.',
        params,
        querystring: Type.Object({
          purge: Type.Optional(Type.Boolean({ description: '`true` erases the user permanently.' })),
        }),
        body: Type.Optional(
          Type.Object({
            password: Type.Optional(
              Type.String({
                maxLength: 1024,
                // The JSON parser has already refused bodies with NUL.
                pattern: '^[^\\x00]*$',
                description:
                  'The password of a user who deletes their own account, or of the caller as a fresh proof.',
              }),
            ),
          }),
        ),
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const body: { password?: string } | undefined = request.body
      if (request.query.purge) await users.purge(request.caller, id, ifMatch(request))
      else await users.delete(request.caller, id, ifMatch(request), body?.password)
      return sendNothing(reply)
    },
  )

  app.post(
    '/users/:id/restore',
    {
      config: {
        access: 'users:delete',
        errors: [...namesTaken, 'permission_not_held', 'reauthentication_required'],
      },
      schema: {
        operationId: 'restoreUser',
        tags,
        summary: 'Restore a user from the recycle bin',
        description:
          'The user has the same id, password and roles as before. Sessions and API keys are not restored. A user with permissions needs a fresh proof.',
        params,
        response: changedUser,
      },
    },
    async (request, reply) => {
      const { user, version } = await users.restore(request.caller, request.params.id)
      return sendChanged(request, reply, user, version)
    },
  )
}

type ChangeRequest = Pick<AnyRequest, 'headers'> & {
  params: Static<typeof params>
  query: Static<typeof changeQuery>
}

function wantedOf(request: ChangeRequest) {
  const { id } = request.params
  return { id, ifMatch: ifMatch(request), credentials: request.query.credentials }
}

/** A caller who may change users but not read them gets an empty answer. */
function sendChanged(request: AnyRequest, reply: AnyReply, user: User, version: number): never {
  const { caller } = request
  if (isSelf(caller, user.id) || may(caller, 'users:read')) return sendResource(request, reply, user, version)
  reply.header('etag', `"${version}"`)
  return sendNothing(reply)
}
