/** `client.users` and `client.sessions`. */
import type { Answer, Body, Query, Send } from '../call.ts'
import { everyItem, type Page, pageOf } from '../pages.ts'
import {
  type Export,
  type ExportOptions,
  exportUsers,
  type ImportOptions,
  type ImportSource,
  type ImportSummary,
  importUsers,
} from '../transfer.ts'
import type { CallOptions, Transport } from '../transport.ts'
import type { components } from '../types.ts'
import {
  type ChangeOptions,
  conditional,
  edited,
  idempotent,
  type Versioned,
  versioned,
} from '../versions.ts'

export type User = components['schemas']['User']
/** An item of the list; with `fields` it has only those. */
export type ListedUser = Answer<'listUsers'>[number]
export type UserQuery = Query<'listUsers'>
export type UserPatch = Body<'changeUser'>

export type Users = ReturnType<typeof createUsers>

/** `id` is a user's id, or `me`. */
export function createUsers(send: Send, transport: Transport) {
  const list = async (query: UserQuery = {}, options?: CallOptions): Promise<Page<User>> =>
    pageOf(await send('GET', '/users', { ...options, query }))

  const get = async (id: string, options?: CallOptions): Promise<Versioned<User>> =>
    versioned(await send('GET', '/users/{id}', { ...options, path: { id } }))

  const update = async (id: string, patch: UserPatch, options?: ChangeOptions): Promise<Versioned<User>> =>
    versioned(await send('PATCH', '/users/{id}', { ...conditional(options), path: { id }, body: patch }))

  const remove = async (
    id: string,
    query: Query<'deleteUser'>,
    { password, ...options }: DeleteOptions,
  ): Promise<void> => {
    const body = password === undefined ? undefined : { password }
    await send('DELETE', '/users/{id}', { ...conditional(options), path: { id }, query, body })
  }

  return {
    list,

    /** All matching users, page after page. */
    all: (query: UserQuery = {}, options?: CallOptions): AsyncGenerator<User, void, undefined> =>
      everyItem(list, { limit: 200, ...query }, options),

    get,

    async create(user: Body<'createUser'>, options?: CallOptions): Promise<Versioned<User>> {
      return versioned(await send('POST', '/users', { ...idempotent(options), body: user }))
    },

    /** Changes some fields (a JSON Merge Patch): null resets a field to its default. */
    update,

    /**
     * Reads the user, calls `change` for a patch and writes it for the version that was read. If the user was changed
     * meanwhile, this repeats.
     */
    edit: (
      id: string,
      change: (current: Versioned<User>) => UserPatch | null | Promise<UserPatch | null>,
      options?: CallOptions,
    ): Promise<Versioned<User>> =>
      edited(
        () => get(id, options),
        (patch: UserPatch, ifMatch) => update(id, patch, { ...options, ifMatch }),
        change,
      ),

    /** Writes all fields: fields that are left out are reset to their defaults. */
    async replace(id: string, user: Body<'replaceUser'>, options?: ChangeOptions): Promise<Versioned<User>> {
      return versioned(
        await send('PUT', '/users/{id}', { ...conditional(options), path: { id }, body: user }),
      )
    },

    /** Moves the user to the recycle bin. */
    delete: (id: string, options: DeleteOptions = {}): Promise<void> => remove(id, {}, options),

    /** Restores the user from the recycle bin. */
    async restore(id: string, options?: CallOptions): Promise<Versioned<User>> {
      return versioned(await send('POST', '/users/{id}/restore', { ...options, path: { id } }))
    },

    /** Erases the user permanently. */
    purge: (id: string, options: DeleteOptions = {}): Promise<void> => remove(id, { purge: true }, options),

    /** All stored data about the user. */
    async data(id: string, options?: CallOptions): Promise<Answer<'getUserData'>> {
      const { data } = await send('GET', '/users/{id}/data', { ...options, path: { id } })
      return data as Answer<'getUserData'>
    },

    /** Changes the caller's own password; their other sessions end. */
    async changePassword(id: string, body: Body<'changePassword'>, options?: CallOptions): Promise<void> {
      await send('PUT', '/users/{id}/password', { ...options, path: { id }, body, retry: false })
    },

    /** Sends the user a link to set a password. */
    async sendPasswordReset(id: string, options?: CallOptions): Promise<void> {
      await send('POST', '/users/{id}/password-reset', { ...options, path: { id } })
    },

    /** Sends the rows and reads a result for each. @returns the counts */
    import: (source: ImportSource, options?: ImportOptions): Promise<ImportSummary> =>
      importUsers(transport, source, options),

    /** Begins an export of all matching users. */
    export: (query?: Query<'exportUsers'>, options?: ExportOptions): Promise<Export> =>
      exportUsers(transport, query, options),
  }
}

type DeleteOptions = ChangeOptions & {
  /** The password, for users who delete their own account. */
  password?: string
}

export type Session = components['schemas']['Session']
export type Sessions = ReturnType<typeof createSessions>

export function createSessions(send: Send) {
  return {
    async list(userId: string, options?: CallOptions): Promise<Session[]> {
      const { data } = await send('GET', '/users/{id}/sessions', { ...options, path: { id: userId } })
      return data as Session[]
    },

    async end(userId: string, sessionId: string, options?: CallOptions): Promise<void> {
      const path = { id: userId, session_id: sessionId }
      await send('DELETE', '/users/{id}/sessions/{session_id}', { ...options, path })
    },

    /**
     * Acts as a user without permissions, where the operator allows it. A program gets an access token of the user for 10
     * minutes, for `createClient({ getToken: () => token })`; a page of the service gets a cookie.
     */
    async impersonate(
      userId: string,
      body: Body<'impersonateUser'>,
      options?: CallOptions,
    ): Promise<Answer<'impersonateUser'>> {
      const path = { id: userId }
      const { data } = await send('POST', '/users/{id}/impersonation', { ...options, path, body })
      return data as Answer<'impersonateUser'>
    },

    /** Ends the session in which the caller acts as a user. */
    async stopImpersonation(options?: CallOptions): Promise<void> {
      await send('POST', '/auth/impersonation/stop', { ...options })
    },

    async endAll(userId: string, options?: CallOptions): Promise<void> {
      await send('DELETE', '/users/{id}/sessions', { ...options, path: { id: userId } })
    },
  }
}
