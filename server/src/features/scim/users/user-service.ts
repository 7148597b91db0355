/** Users through SCIM: created, replaced, patched and removed, with the rules of the user feature. */
import type { Tx } from '../../../database/database.ts'
import type { JsonObject } from '../../../encoding/json-object.ts'
import { type AppError, isAppError } from '../../../errors.ts'
import type { IfMatch } from '../../../if-match.ts'
import type { Membership } from '../../groups/group.ts'
import type { VersionedUser } from '../../users/user.ts'
import { type Actor, needUser } from '../connections/authority.ts'
import type { ScimNeeds } from '../needs.ts'
import { patched, readOperations } from '../resource/patch.ts'
import { type Resource, readResource } from '../resource/read.ts'
import { userType } from '../resource/types.ts'
import { scimError } from '../scim-error.ts'
import type { ScimStore, ScimUserRow } from '../store.ts'
import { usernamesFor } from './user-names.ts'
import { addressOf, fieldsOf, keptAttributes, resourceOfUser } from './user-resource.ts'

export type Shown = { resource: Resource; version: number }
/** The stored state of a user. */
type Stored = {
  found: VersionedUser
  row: ScimUserRow | undefined
  memberships: readonly Membership[]
}

export type ScimUsers = ReturnType<typeof createScimUsers>

export function createScimUsers(needs: ScimNeeds, store: ScimStore, base: string) {
  const { users, groups, texts, database } = needs

  const show = ({ found, row, memberships }: Stored): Shown => ({
    resource: resourceOfUser(base, found, row, memberships),
    version: found.version,
  })
  const membershipsOf = async (id: string) => (await groups.membershipsOf([id])).get(id) ?? []
  const load = async (found: VersionedUser): Promise<Stored> => {
    const { id } = found.user
    return { found, row: await store.find(id), memberships: await membershipsOf(id) }
  }
  const shown = async (found: VersionedUser): Promise<Shown> => show(await load(found))
  /** @throws uniqueness when another user has the username, or has it as the address */
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
  const rowOf = (userId: string, resource: Resource, connectionId: string | null): ScimUserRow => {
    const userName = String(resource['userName'])
    return {
      user_id: userId,
      user_name: userName,
      user_name_key: texts.fold(userName),
      attributes: keptAttributes(resource),
      connection_id: connectionId,
    }
  }

  /** Writes the resource to the user. */
  const write = async (
    actor: Actor,
    { found: before, row, memberships }: Stored,
    resource: Resource,
    ifMatch: IfMatch,
  ): Promise<Shown> => {
    const { id } = before.user
    const { caller, report } = actor
    needUser(actor, row?.connection_id)
    const wanted = rowOf(id, resource, null)
    if (wanted.user_name.trim() === '') throw scimError('invalidValue', 'userName is required.')
    const isRenamed = wanted.user_name_key !== texts.fold(row?.user_name ?? before.user.username)
    if (isRenamed) await refuseTaken(wanted.user_name, id)
    const email = addressOf(resource)
    const fields = {
      ...fieldsOf(resource, before.user),
      ...(isRenamed && texts.isUsername(wanted.user_name) && { username: wanted.user_name }),
      ...(email !== undefined && { email }),
    }
    // A stranger may have signed up with the address of the directory's user.
    const also = async (tx: Tx) => {
      const current = await store.find(id, tx)
      if (current && current.user_name === wanted.user_name && current.attributes === wanted.attributes)
        return false
      await save(tx, wanted)
      return true
    }
    const changed = await users.patch(caller, { id, ifMatch, credentials: 'adopted', also }, fields)
    report.fields.push(...changedFields(before.user, changed.user))
    if ((row?.attributes ?? '{}') !== wanted.attributes) report.fields.push('attributes')
    return show({ found: changed, row: wanted, memberships })
  }

  return {
    shown,

    /** Shows many users with one query for each kind of data. */
    async allShown(found: readonly VersionedUser[], withGroups: boolean): Promise<Shown[]> {
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
    async create(actor: Actor, body: JsonObject): Promise<Shown> {
      const { caller, rules, report, connectionId } = actor
      const resource = readResource(userType, body, ignoredOf(actor))
      const userName = String(resource['userName'])
      report.subject = userName
      const email = addressOf(resource) ?? (userName.includes('@') ? userName : undefined)
      if (email === undefined && needs.email === 'required')
        throw scimError('invalidValue', 'emails is required: an account has an address.')
      // Any other conflict is refused by a unique index of the account.
      if (userName !== email && !texts.isUsername(userName)) await refuseTaken(userName, null)
      const fields = { ...fieldsOf(resource, null), email: email ?? null }
      const then = (tx: Tx, userId: string) => save(tx, rowOf(userId, resource, connectionId))
      const arrival = { then, silent: !rules.send_invitations }
      for (const username of usernamesFor(userName, texts.isUsername)) {
        try {
          const isGuess = username !== userName
          const created = await users.create(caller, { ...fields, username }, { ...arrival, isGuess })
          const row = rowOf(created.user.id, resource, connectionId)
          return show({ found: created, row, memberships: [] })
        } catch (error) {
          const code = isAppError(error) ? error.code : undefined
          if (code === 'email_taken' && email === userName) throw taken()
          if (code !== 'username_taken' || username === userName) throw error
        }
      }
      throw taken()
    },

    /** PUT: removes attributes that are left out, except the address, the status and the metadata of the account. */
    async replace(actor: Actor, id: string, ifMatch: IfMatch, body: JsonObject): Promise<Shown> {
      const resource = readResource(userType, body, ignoredOf(actor))
      return write(actor, await load(await users.get(id)), resource, ifMatch)
    },

    async patch(actor: Actor, id: string, ifMatch: IfMatch, body: JsonObject): Promise<Shown> {
      const operations = readOperations(body)
      return onLatest(ifMatch, async () => {
        const stored = await load(await users.get(id))
        const resource = patched(userType, show(stored).resource, operations, ignoredOf(actor))
        if (typeof resource['userName'] !== 'string') throw scimError('invalidValue', 'userName is required.')
        if (typeof resource['active'] !== 'boolean')
          throw scimError('invalidValue', 'active is true or false.')
        return write(actor, stored, resource, ifMatch ?? [stored.found.version])
      })
    },

    /** Moves the user to the recycle bin, or disables the user by the rules of the connection. */
    async delete(actor: Actor, id: string, ifMatch: IfMatch): Promise<void> {
      const { caller, rules } = actor
      if (rules.existing_users === 'refuse') needUser(actor, (await store.find(id))?.connection_id)
      if (rules.on_delete === 'delete') return users.delete(caller, id, ifMatch, undefined)
      await users.patch(caller, { id, ifMatch }, { status: 'disabled' })
      actor.report.fields.push('status')
    },
  }
}

/** The maximum of names that are logged for a request. */
const maxIgnored = 20
const reported = ['username', 'email', 'first_name', 'last_name', 'status', 'external_id'] as const

function changedFields(before: VersionedUser['user'], after: VersionedUser['user']): string[] {
  const changed: string[] = reported.filter((field) => before[field] !== after[field])
  if (JSON.stringify(before.metadata) !== JSON.stringify(after.metadata)) changed.push('metadata')
  return changed
}

/** Repeats up to four times when the resource changed between read and write, unless the client sent a version. */
export async function onLatest<T>(ifMatch: IfMatch, change: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await change()
    } catch (error) {
      const hasChanged = isAppError(error) && error.code === 'precondition_failed'
      if (!hasChanged || ifMatch !== null || tries === 5) throw error
    }
  }
}

/** Logs attributes and members that the service does not know. */
export function ignoredOf({ report }: Actor): (name: string) => void {
  return (name) => {
    if (report.ignored.size < maxIgnored) report.ignored.add(name.slice(0, 100))
  }
}

function taken(): AppError {
  return scimError('uniqueness', 'Another user has this userName.')
}
