import { Type } from 'typebox'
import { sendNothing } from '../../http/answers.ts'
import { madeBefore } from '../../http/idempotency.ts'
import { sendCreated, sendResource } from '../../http/message/etag.ts'
import { type Pages, pageParameters } from '../../http/pagination.ts'
import type { App } from '../../http/types.ts'
import { ifMatch } from '../../if-match.ts'
import type { Groups } from './feature.ts'
import { memberRoutes } from './member-routes.ts'
import { GroupPatchShape, GroupReplacementShape, GroupShape, NewGroupShape } from './shapes.ts'

const tags = ['groups']
const params = Type.Object({ id: Type.String({ format: 'uuid' }) })
const Text = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: 256, description }))
const changeErrors = ['already_exists', 'permission_not_held', 'reauthentication_required'] as const

export const groupRoutes = (groups: Groups, pages: Pages) => (app: App) => {
  app.get(
    '/groups',
    {
      config: { access: 'groups:read' },
      schema: {
        operationId: 'listGroups',
        tags,
        summary: 'List the groups, by name',
        description: 'In pages. `q` searches the names.',
        querystring: Type.Object({
          ...pageParameters,
          name: Text('The group with this name.'),
          q: Text('What the name begins with.'),
          external_id: Text('The group with this external id.'),
        }),
        response: { 200: Type.Array(GroupShape) },
      },
    },
    async (request, reply) => {
      const { limit: _, cursor: __, count: ___, ...filter } = request.query
      const page = await groups.list(request.caller, filter, pages.readPage(request))
      return pages.sendPage(request, reply, page)
    },
  )

  app.post(
    '/groups',
    {
      config: { access: 'groups:write', idempotent: groups.mayCreate, errors: changeErrors },
      schema: {
        operationId: 'createGroup',
        tags,
        summary: 'Create a group',
        description: 'A group may give roles to its members.',
        body: NewGroupShape,
        response: { 201: GroupShape },
      },
    },
    async (request, reply) => {
      const made = madeBefore(request)
      const { group, version } = made
        ? await groups.lookUp(made)
        : await groups.create(request.caller, request.body)
      return sendCreated(reply, `/groups/${group.id}`, group, version)
    },
  )

  app.get(
    '/groups/:id',
    {
      config: { access: 'groups:read' },
      schema: {
        operationId: 'getGroup',
        tags,
        summary: 'Read a group',
        description: 'The `ETag` is the version of the group, for `If-Match`.',
        params,
        response: { 200: GroupShape },
      },
    },
    async (request, reply) => {
      const { group, version } = await groups.get(request.caller, request.params.id)
      return sendResource(request, reply, group, version)
    },
  )

  app.put(
    '/groups/:id',
    {
      config: { access: 'groups:write', conditional: true, errors: [...changeErrors, 'unproven_account'] },
      schema: {
        operationId: 'replaceGroup',
        tags,
        summary: 'Replace a group; the members stay',
        description: 'Send all fields. Use `If-Match` to avoid overwriting the change of another client.',
        params,
        body: GroupReplacementShape,
        response: { 200: GroupShape },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { group, version } = await groups.replace(
        request.caller,
        { id, ifMatch: ifMatch(request) },
        request.body,
      )
      return sendResource(request, reply, group, version)
    },
  )

  app.patch(
    '/groups/:id',
    {
      config: { access: 'groups:write', conditional: true, errors: [...changeErrors, 'unproven_account'] },
      schema: {
        operationId: 'changeGroup',
        tags,
        summary: 'Change a group (JSON Merge Patch)',
        description: 'Send only the fields that change. `roles` replaces the whole list.',
        params,
        body: GroupPatchShape,
        response: { 200: GroupShape },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { group, version } = await groups.patch(
        request.caller,
        { id, ifMatch: ifMatch(request) },
        request.body,
      )
      return sendResource(request, reply, group, version)
    },
  )

  app.delete(
    '/groups/:id',
    {
      config: {
        access: 'groups:write',
        conditional: true,
        errors: ['permission_not_held', 'reauthentication_required'],
      },
      schema: {
        operationId: 'deleteGroup',
        tags,
        summary: 'Delete a group; its members lose the roles that it gave them',
        description: 'The users themselves stay.',
        params,
      },
    },
    async (request, reply) => {
      await groups.delete(request.caller, request.params.id, ifMatch(request))
      return sendNothing(reply)
    },
  )

  memberRoutes(groups, pages)(app)
}
