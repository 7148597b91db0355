import { Type } from 'typebox'
import { selfOr } from '../../http/admission/access.ts'
import { sendNothing } from '../../http/answers.ts'
import { type Pages, pageParameters } from '../../http/pagination.ts'
import type { App } from '../../http/types.ts'
import { UserId } from '../../http/user-id.ts'
import type { Groups } from './feature.ts'
import { ChildShape, MemberChangesShape, MemberCountsShape, MemberShape, UserGroupShape } from './shapes.ts'

const tags = ['groups']
const Uuid = Type.String({ format: 'uuid' })
const params = Type.Object({ id: Uuid })
const userParams = Type.Object({ id: Uuid, user_id: Uuid })
const groupParams = Type.Object({ id: Uuid, group_id: Uuid })
const { limit, cursor } = pageParameters
const querystring = Type.Object({ limit, cursor })
const errors = ['permission_not_held', 'reauthentication_required'] as const
const memberErrors = [...errors, 'already_exists', 'invalid_input', 'unproven_account'] as const

export const memberRoutes = (groups: Groups, pages: Pages) => (app: App) => {
  app.get(
    '/groups/:id/members',
    {
      config: { access: 'groups:read' },
      schema: {
        operationId: 'listGroupMembers',
        tags,
        summary: 'List the users in a group, without those of groups in it',
        description: 'In pages.',
        params,
        querystring,
        response: { 200: Type.Array(MemberShape) },
      },
    },
    async (request, reply) => {
      const page = await groups.listMembers(request.caller, request.params.id, pages.readPage(request))
      return pages.sendPage(request, reply, page)
    },
  )

  app.post(
    '/groups/:id/members',
    {
      config: { access: 'groups:write', errors: memberErrors },
      schema: {
        operationId: 'changeGroupMembers',
        tags,
        summary: 'Add and remove many users',
        description: 'In one transaction. The answer says how many were added and removed.',
        params,
        body: MemberChangesShape,
        response: { 200: MemberCountsShape },
      },
    },
    (request) => {
      const { add = [], remove = [] } = request.body
      const lower = (ids: readonly string[]) => ids.map((id) => id.toLowerCase())
      return groups.changeMembers(request.caller, request.params.id, {
        add: lower(add),
        remove: lower(remove),
      })
    },
  )

  app.put(
    '/groups/:id/members/:user_id',
    {
      config: { access: 'groups:write', errors: memberErrors },
      schema: {
        operationId: 'addGroupMember',
        tags,
        summary: 'Add a user to a group',
        description: 'Succeeds when the user is a member already.',
        params: userParams,
      },
    },
    async (request, reply) => {
      const { id, user_id } = request.params
      await groups.changeMembers(request.caller, id, { add: [user_id], remove: [] })
      return sendNothing(reply)
    },
  )

  app.delete(
    '/groups/:id/members/:user_id',
    {
      config: { access: 'groups:write', errors: memberErrors },
      schema: {
        operationId: 'removeGroupMember',
        tags,
        summary: 'Remove a user from a group',
        description: 'The user loses the roles that came from this group alone.',
        params: userParams,
      },
    },
    async (request, reply) => {
      const { id, user_id } = request.params
      await groups.removeMember(request.caller, id, user_id)
      return sendNothing(reply)
    },
  )

  app.get(
    '/groups/:id/groups',
    {
      config: { access: 'groups:read' },
      schema: {
        operationId: 'listGroupsInGroup',
        tags,
        summary: 'List the groups that are in a group',
        description: 'Direct ones only.',
        params,
        response: { 200: Type.Array(ChildShape) },
      },
    },
    (request) => groups.listChildren(request.caller, request.params.id),
  )

  app.put(
    '/groups/:id/groups/:group_id',
    {
      config: { access: 'groups:write', errors: [...errors, 'group_nesting', 'unproven_account'] },
      schema: {
        operationId: 'addGroupToGroup',
        tags,
        summary: 'Add a group to another group; its members get the roles of that group',
        description: 'Refused if this would create a cycle.',
        params: groupParams,
      },
    },
    async (request, reply) => {
      await groups.addGroup(request.caller, request.params.id, request.params.group_id)
      return sendNothing(reply)
    },
  )

  app.delete(
    '/groups/:id/groups/:group_id',
    {
      config: { access: 'groups:write', errors },
      schema: {
        operationId: 'removeGroupFromGroup',
        tags,
        summary: 'Remove a group from another group',
        description: 'Members lose the roles that came through this group alone.',
        params: groupParams,
      },
    },
    async (request, reply) => {
      await groups.removeGroup(request.caller, request.params.id, request.params.group_id)
      return sendNothing(reply)
    },
  )

  app.get(
    '/users/:id/groups',
    {
      config: { access: selfOr('groups:read') },
      schema: {
        operationId: 'listGroupsOfUser',
        tags,
        summary: 'List the groups of a user, also those that contain one of them',
        description: 'Direct membership and membership through other groups.',
        params: Type.Object({ id: UserId }),
        querystring,
        response: { 200: Type.Array(UserGroupShape) },
      },
    },
    async (request, reply) => {
      const page = await groups.listOfUser(request.params.id, pages.readPage(request))
      return pages.sendPage(request, reply, page)
    },
  )
}
