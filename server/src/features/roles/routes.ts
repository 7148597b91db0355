import { Type } from 'typebox'
import { permissions } from '../../caller.ts'
import { sendNothing } from '../../http/answers.ts'
import { madeBefore } from '../../http/idempotency.ts'
import { sendCreated, sendResource } from '../../http/message/etag.ts'
import type { App } from '../../http/types.ts'
import { ifMatch } from '../../if-match.ts'
import type { Roles } from './service.ts'

const Name = Type.String({ minLength: 1, maxLength: 64 })
const NewName = Type.String({
  minLength: 1,
  maxLength: 64,
  'x-openapi': { pattern: '^[a-z][a-z0-9_-]*$' },
})
const Description = Type.String({ maxLength: 200 })
const FactorRequired = Type.Boolean({
  description:
    'Users with the role must have a second factor; those without get 7 days from when they are first seen.',
})
const Permissions = Type.Array(Type.Enum([...permissions]), { maxItems: 50 })

export const RoleShape = Type.Object(
  {
    name: Name,
    description: Description,
    permissions: Permissions,
    second_factor_required: FactorRequired,
    built_in: Type.Boolean(),
    created_at: Type.String({ format: 'date-time' }),
    updated_at: Type.String({ format: 'date-time' }),
  },
  {
    $id: 'Role',
    title: 'Role',
    examples: [
      {
        name: 'support',
        description: 'Reads users',
        permissions: ['users:read'],
        second_factor_required: false,
        built_in: false,
        created_at: '2026-11-23T03:04:05.678Z',
        updated_at: '2026-11-23T03:04:05.678Z',
      },
    ],
  },
)
const fields = {
  description: Type.Optional(Description),
  permissions: Permissions,
  second_factor_required: Type.Optional(FactorRequired),
}
const Fields = Type.Object(fields, { $id: 'RoleReplacement', title: 'RoleReplacement' })
const params = Type.Object({ name: Name })
const tags = ['roles']

export const roleRoutes = (roles: Roles) => (app: App) => {
  app.get(
    '/roles',
    {
      config: { access: 'roles:read' },
      schema: {
        operationId: 'listRoles',
        tags,
        summary: 'List the roles',
        description: 'All roles with their permissions. The roles `admin` and `user` are built in.',
        response: { 200: Type.Array(RoleShape) },
      },
    },
    (request) => roles.list(request.caller),
  )

  app.post(
    '/roles',
    {
      config: {
        access: 'roles:write',
        idempotent: roles.mayCreate,
        proof: 'fresh',
        errors: ['already_exists', 'permission_not_held'],
      },
      schema: {
        operationId: 'createRole',
        tags,
        summary: 'Create a role',
        description: 'Callers can only give permissions that they have themselves.',
        body: Type.Object({ name: NewName, ...fields }, { $id: 'RoleCreation', title: 'RoleCreation' }),
        response: { 201: RoleShape },
      },
    },
    async (request, reply) => {
      const made = madeBefore(request)
      const { role, version } = made
        ? await roles.get(request.caller, made)
        : await roles.create(request.caller, {
            description: '',
            second_factor_required: false,
            ...request.body,
          })
      return sendCreated(reply, `/roles/${role.name}`, role, version)
    },
  )

  app.get(
    '/roles/:name',
    {
      config: { access: 'roles:read' },
      schema: {
        operationId: 'getRole',
        tags,
        summary: 'Read a role',
        description: 'The `ETag` is the version of the role, for `If-Match`.',
        params,
        response: { 200: RoleShape },
      },
    },
    async (request, reply) => {
      const { role, version } = await roles.get(request.caller, request.params.name)
      return sendResource(request, reply, role, version)
    },
  )

  app.put(
    '/roles/:name',
    {
      config: {
        access: 'roles:write',
        conditional: true,
        proof: 'fresh',
        errors: ['role_built_in', 'permission_not_held', 'unproven_account'],
      },
      schema: {
        operationId: 'replaceRole',
        tags,
        summary: 'Replace a role',
        description: 'The permissions of everyone with the role change within a second.',
        params,
        body: Fields,
        response: { 200: RoleShape },
      },
    },
    async (request, reply) => {
      const { role, version } = await roles.replace(request.caller, request.params.name, ifMatch(request), {
        description: '',
        second_factor_required: false,
        ...request.body,
      })
      return sendResource(request, reply, role, version)
    },
  )

  app.patch(
    '/roles/:name',
    {
      config: {
        access: 'roles:write',
        conditional: true,
        proof: 'fresh',
        errors: ['role_built_in', 'permission_not_held', 'unproven_account'],
      },
      schema: {
        operationId: 'changeRole',
        tags,
        summary: 'Change a role',
        description: 'Send only the fields that change. `permissions` replaces the whole list.',
        params,
        body: Type.Object(
          { ...fields, permissions: Type.Optional(Permissions) },
          { $id: 'RolePatch', title: 'RolePatch' },
        ),
        response: { 200: RoleShape },
      },
    },
    async (request, reply) => {
      const { role, version } = await roles.patch(
        request.caller,
        request.params.name,
        ifMatch(request),
        request.body,
      )
      return sendResource(request, reply, role, version)
    },
  )

  app.delete(
    '/roles/:name',
    {
      config: {
        access: 'roles:write',
        conditional: true,
        errors: ['role_built_in', 'role_in_use', 'permission_not_held'],
      },
      schema: {
        operationId: 'deleteRole',
        tags,
        summary: 'Delete a role that no user has',
        description: 'Refused for built-in roles and for roles that a user or a group has.',
        params,
      },
    },
    async (request, reply) => {
      await roles.delete(request.caller, request.params.name, ifMatch(request))
      return sendNothing(reply)
    },
  )
}
