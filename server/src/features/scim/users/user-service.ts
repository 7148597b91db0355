/** Users through SCIM: created, replaced, patched and removed by the rules of the users themselves. */
import type { Caller } from '../../../caller.ts'
import type { Tx } from '../../../database/database.ts'
import { type AppError, isAppError } from '../../../errors.ts'
import type { IfMatch } from '../../../if-match.ts'
import type { JsonObject } from '../../../json-object.ts'
import type { Membership, ScimNeeds, VersionedPerson } from '../needs.ts'
import { patched, readOperations } from '../resource/patch.ts'
import { type Ignored, type Resource, readResource } from '../resource/read.ts'
import { userType } from '../resource/types.ts'
import { scimError } from '../scim-error.ts'
import type { ScimStore, ScimUserRow } from '../store.ts'
import { usernamesFor } from './user-names.ts'
import { addressOf, fieldsOf, keptAttributes, resourceOfUser } from './user-resource.ts'

export type Shown = { resource: Resource; version: number }

export type ScimUsers = ReturnType<typeof createScimUsers>

export function createScimUsers(needs: ScimNeeds, store: ScimStore, base: string) {
  const { users, groups, texts, database } = needs

  const shown = async (found: VersionedPerson): Promise<Shown> => {
    const { id } = found.user
    const [row, memberships] = await Promise.all([store.find(id), groups.membershipsOf([id])])
    return {
      resource: resourceOfUser(base, found, row, memberships.get(id) ?? []),
      version: found.version,
    }
  }
  /** @throws uniqueness when the name, or the address that it is, belongs to another user */
  const refuseTaken = async (userName: string, ownId: string | null): Promise<void> => {
    const other = await users.findByName(userName)
    if (other && other.id !== ownId) throw taken()
  }
  const save = async (tx: Tx, row: ScimUserRow): Promise<void> => {
    await database.dialect.lock(tx, 'scim names')
    const other = await store.findByName(row.user_name_key, tx)
    if (other !== undefined && other !== row.user_id) throw taken()
    await store.save(tx, row)
  }
  const rowOf = (userId: string, resource: Resource): ScimUserRow => {
    const userName = String(resource['userName'])
    return {
      user_id: userId,
      user_name: userName,
      user_name_key: texts.fold(userName),
      attributes: keptAttributes(resource),
    }
  }

  /** Writes the wanted resource over the user. */
  const write = async (
    caller: Caller,
    before: VersionedPerson,
    row: ScimUserRow | undefined,
    resource: Resource,
    ifMatch: IfMatch,
  ): Promise<Shown> => {
    const { id } = before.user
    const wanted = rowOf(id, resource)
    if (wanted.user_name.trim() === '') throw scimError('invalidValue', 'userName is required.')
    const isRenamed = wanted.user_name_key !== texts.fold(row?.user_name ?? before.user.username)
    if (isRenamed) await refuseTaken(wanted.user_name, id)
    const email = addressOf(resource)
    const fields = {
      ...fieldsOf(resource, before.user),
      ...(isRenamed && texts.isUsername(wanted.user_name) && { username: wanted.user_name }),
      ...(email !== undefined && { email }),
    }
    const changed = await users.patch(caller, id, ifMatch, fields, undefined, async (tx) => {
      const current = await store.find(id, tx)
      if (current && current.user_name === wanted.user_name && current.attributes === wanted.attributes)
        return false
      await save(tx, wanted)
      return true
    })
    return shown(changed)
  }

  return {
    shown,

    /** Many users at once. */
    async allShown(found: readonly VersionedPerson[], withGroups: boolean): Promise<Shown[]> {
      const ids = found.map(({ user }) => user.id)
      const [rows, memberships] = await Promise.all([
        store.listOf(ids),
        withGroups ? groups.membershipsOf(ids) : new Map<string, Membership[]>(),
      ])
      return found.map((each) => ({
        resource: resourceOfUser(base, each, rows.get(each.user.id), memberships.get(each.user.id) ?? []),
        version: each.version,
      }))
    },

    get: async (id: string): Promise<Shown> => shown(await users.get(id)),

    /** @throws uniqueness, invalidValue, permission_not_held */
    async create(caller: Caller, body: JsonObject, ignored: Ignored): Promise<Shown> {
      const resource = readResource(userType, body, ignored)
      const userName = String(resource['userName'])
      const email = addressOf(resource) ?? (userName.includes('@') ? userName : undefined)
      if (email === undefined)
        throw scimError('invalidValue', 'emails is required: an account has an address.')
      await refuseTaken(userName, null)
      const fields = { ...fieldsOf(resource, null), email }
      const then = (tx: Tx, userId: string) => save(tx, rowOf(userId, resource))
      for (const username of usernamesFor(userName, texts.isUsername)) {
        try {
          return await shown(await users.create(caller, { ...fields, username }, { then }))
        } catch (error) {
          const isDerived = username !== userName
          if (!isDerived || !isAppError(error) || error.code !== 'username_taken') throw error
        }
      }
      throw taken()
    },

    /** PUT: what is left out goes, but for the address, the state and the metadata of the account. */
    async replace(
      caller: Caller,
      id: string,
      ifMatch: IfMatch,
      body: JsonObject,
      ignored: Ignored,
    ): Promise<Shown> {
      const resource = readResource(userType, body, ignored)
      const [before, row] = await Promise.all([users.get(id), store.find(id)])
      return write(caller, before, row, resource, ifMatch)
    },

    async patch(
      caller: Caller,
      id: string,
      ifMatch: IfMatch,
      body: JsonObject,
      ignored: Ignored,
    ): Promise<Shown> {
      const operations = readOperations(body)
      return onLatest(ifMatch, async () => {
        const [before, row] = await Promise.all([users.get(id), store.find(id)])
        const { resource: current } = await shown(before)
        const resource = patched(userType, current, operations, ignored)
        if (typeof resource['userName'] !== 'string') throw scimError('invalidValue', 'userName is required.')
        if (typeof resource['active'] !== 'boolean')
          throw scimError('invalidValue', 'active is true or false.')
        return write(caller, before, row, resource, ifMatch ?? [before.version])
      })
    },

    /** To the recycle bin. */
    delete: (caller: Caller, id: string, ifMatch: IfMatch) => users.delete(caller, id, ifMatch, undefined),
  }
}

/** Once more when the resource changed between the look and the write, unless the client named a version. */
export async function onLatest<T>(ifMatch: IfMatch, change: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await change()
    } catch (error) {
      const isMeanwhile = isAppError(error) && error.code === 'precondition_failed'
      if (!isMeanwhile || ifMatch !== null || tries === 5) throw error
    }
  }
}

function taken(): AppError {
  return scimError('uniqueness', 'Another user has this userName.')
}
