/** `client.roles`, `client.apiKeys` and `client.audit`. */
import type { Body, Query, Send } from '../call.ts'
import { everyItem, type Page, pageOf } from '../pages.ts'
import type { CallOptions } from '../transport.ts'
import type { components } from '../types.ts'
import { type ChangeOptions, conditional, idempotent, type Versioned, versioned } from '../versions.ts'

export type Role = components['schemas']['Role']
export type ApiKey = components['schemas']['ApiKey']
/** A key with its secret. */
export type CreatedApiKey = components['schemas']['CreatedApiKey']
export type AuditEvent = components['schemas']['AuditEvent']
export type AuditQuery = Query<'listAuditEvents'>

export type Roles = ReturnType<typeof createRoles>

export function createRoles(send: Send) {
  return {
    async list(options?: CallOptions): Promise<Role[]> {
      return (await send('GET', '/roles', options)).data as Role[]
    },

    async get(name: string, options?: CallOptions): Promise<Versioned<Role>> {
      return versioned(await send('GET', '/roles/{name}', { ...options, path: { name } }))
    },

    async create(role: Body<'createRole'>, options?: CallOptions): Promise<Versioned<Role>> {
      return versioned(await send('POST', '/roles', { ...idempotent(options), body: role }))
    },

    async update(name: string, patch: Body<'changeRole'>, options?: ChangeOptions): Promise<Versioned<Role>> {
      return versioned(
        await send('PATCH', '/roles/{name}', { ...conditional(options), path: { name }, body: patch }),
      )
    },

    async replace(
      name: string,
      role: Body<'replaceRole'>,
      options?: ChangeOptions,
    ): Promise<Versioned<Role>> {
      return versioned(
        await send('PUT', '/roles/{name}', { ...conditional(options), path: { name }, body: role }),
      )
    },

    async delete(name: string, options?: ChangeOptions): Promise<void> {
      await send('DELETE', '/roles/{name}', { ...conditional(options), path: { name } })
    },
  }
}

export type ApiKeys = ReturnType<typeof createApiKeys>

export function createApiKeys(send: Send) {
  const list = async (query: Query<'listApiKeys'> = {}, options?: CallOptions): Promise<Page<ApiKey>> =>
    pageOf(await send('GET', '/api-keys', { ...options, query }))

  return {
    /** The caller's own keys. */
    list,

    all: (query: Query<'listApiKeys'> = {}, options?: CallOptions): AsyncGenerator<ApiKey, void, undefined> =>
      everyItem(list, { limit: 200, ...query }, options),

    async get(id: string, options?: CallOptions): Promise<Versioned<ApiKey>> {
      return versioned(await send('GET', '/api-keys/{id}', { ...options, path: { id } }))
    },

    /** Only this answer contains the secret of the key. */
    async create(key: Body<'createApiKey'>, options?: CallOptions): Promise<Versioned<CreatedApiKey>> {
      return versioned(await send('POST', '/api-keys', { ...idempotent(options), body: key }))
    },

    async update(
      id: string,
      patch: Body<'changeApiKey'>,
      options?: ChangeOptions,
    ): Promise<Versioned<ApiKey>> {
      return versioned(
        await send('PATCH', '/api-keys/{id}', { ...conditional(options), path: { id }, body: patch }),
      )
    },

    async revoke(id: string, options?: ChangeOptions): Promise<void> {
      await send('DELETE', '/api-keys/{id}', { ...conditional(options), path: { id } })
    },
  }
}

export type Audit = ReturnType<typeof createAudit>

export function createAudit(send: Send) {
  const list = async (query: AuditQuery = {}, options?: CallOptions): Promise<Page<AuditEvent>> =>
    pageOf(await send('GET', '/audit-events', { ...options, query }))

  return {
    /** Newest first. */
    list,

    all: (query: AuditQuery = {}, options?: CallOptions): AsyncGenerator<AuditEvent, void, undefined> =>
      everyItem(list, { limit: 200, ...query }, options),
  }
}
