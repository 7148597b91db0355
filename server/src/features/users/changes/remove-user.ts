/** Deletes users to the recycle bin, restores them, and erases them. */
import { actorId, type Caller, isSelf, may, need } from '../../../caller.ts'
import { now } from '../../../clock.ts'
import type { Tx } from '../../../database/database.ts'
import { AppError } from '../../../errors.ts'
import { checkIfMatch, type IfMatch } from '../../../if-match.ts'
import { hasPermission, mayChange } from '../authority.ts'
import type { UsersNeeds } from '../needs.ts'
import type { UserRow, VersionedUser } from '../user.ts'
import { userOf } from '../user-fields.ts'
import type { Guards } from './guards.ts'
import type { UserStores } from './stores.ts'

export function createUserRemoval(
  needs: UsersNeeds,
  { users: store, signUps, claims }: UserStores,
  guards: Guards,
) {
  const { database, audit, access } = needs
  const note = (caller: Caller, event: string, id: string) =>
    needs.log.info(
      { event, user_id: id, actor_id: actorId(caller), request_id: caller.requestId },
      event.replace('.', ' '),
    )

  /**
   * Checks the rights again in the transaction, because those of the caller or of the user may have changed since the
   * request began.
   */
  const mayStillRemove = async (tx: Tx, caller: Caller, current: UserRow): Promise<void> => {
    const remover = await needs.roles.rightsNow(caller, tx)
    mayChange(await needs.roles.permissionsByRole(tx), remover, current, 'users:delete')
  }

  return {
    /**
     * Moves a user to the recycle bin. Users who delete themselves must give their password.
     * @throws last_admin; reauthentication_required for a user with permissions
     */
    async delete(caller: Caller, id: string, ifMatch: IfMatch, password: string | undefined): Promise<void> {
      const before = await guards.getRow(id)
      const rights = await needs.roles.permissionsByRole()
      mayChange(rights, caller, before, 'users:delete')
      checkIfMatch(ifMatch, before.version)
      const isOwn = isSelf(caller, id) && !may(caller, 'users:delete')
      const stillConfirmed = isOwn ? await needs.passwords.confirm(caller, id, password) : undefined
      if (!isOwn && hasPermission(rights, before)) await needs.needProof(caller, { password })
      await database.transaction(async (tx) => {
        const current = await store.findForChange(tx, id)
        if (!current || current.deleted_at !== null) throw new AppError('not_found')
        await mayStillRemove(tx, caller, current)
        checkIfMatch(ifMatch, current.version)
        await stillConfirmed?.(tx)
        await store.update(tx, current, deletionOf(current))
        await claims.leave(tx, current)
        await guards.keepAnAdmin(tx, current)
        await access.end(tx, caller, id, 'deleted')
        await audit.record(tx, caller, { type: 'user.deleted', target: { kind: 'user', id } })
      })
      note(caller, 'user.deleted', id)
    },

    /**
     * Moves an account to the recycle bin because the owner of its address did not create it.
     * @throws forbidden unless the account is a sign-up without permissions whose address was never proven
     */
    async discardSignUp(tx: Tx, caller: Caller, id: string): Promise<void> {
      const current = await store.findForChange(tx, id)
      const isSignUp = (await signUps.find(id, tx)) !== undefined
      if (!current || !isSignUp || hasPermission(await needs.roles.permissionsByRole(tx), current))
        throw new AppError('forbidden', {
          detail: 'Only an account that was never confirmed can be refused. Ask an administrator.',
        })
      await store.update(tx, current, deletionOf(current))
      await claims.free(tx, id)
      await guards.keepAnAdmin(tx, current)
      await access.end(tx, caller, id, 'deleted')
      await audit.record(tx, caller, {
        type: 'user.deleted',
        reason: 'not_mine',
        target: { kind: 'user', id },
      })
    },

    /**
     * Restores a user from the recycle bin.
     * @throws username_taken, email_taken, external_id_taken when another user has taken the name;
     * reauthentication_required for a user with permissions
     */
    async restore(caller: Caller, id: string): Promise<VersionedUser> {
      const before = await store.findEvenDeleted(id)
      if (!before || before.deleted_at === null) throw new AppError('not_found')
      const rights = await needs.roles.permissionsByRole()
      mayChange(rights, caller, before, 'users:delete')
      if (hasPermission(rights, before)) await needs.needProof(caller, {})
      const row = await guards.claiming(before, id, async (tx) => {
        const current = await store.findForChange(tx, id)
        if (!current || current.deleted_at === null) throw new AppError('not_found')
        await mayStillRemove(tx, caller, current)
        const restored: UserRow = {
          ...current,
          deleted_at: null,
          version: current.version + 1,
          updated_at: now(),
        }
        const { version, updated_at } = restored
        await store.update(tx, current, { deleted_at: null, version, updated_at })
        await claims.claim(tx, restored)
        await audit.record(tx, caller, { type: 'user.restored', target: { kind: 'user', id } })
        return restored
      })
      note(caller, 'user.restored', id)
      return { user: userOf(row), version: row.version }
    },

    /**
     * Erases a user permanently. `which` restricts it to users in the recycle bin, or to sign-ups that were neither confirmed
     * nor used. The audit log keeps an event without personal data. @throws last_admin
     */
    async purge(
      caller: Caller,
      id: string,
      ifMatch: IfMatch,
      which: 'any' | 'deleted' | 'unproven' = 'any',
    ): Promise<void> {
      need(caller, 'users:delete')
      const before = await store.findEvenDeleted(id)
      if (!before) throw new AppError('not_found')
      const rights = await needs.roles.permissionsByRole()
      mayChange(rights, caller, before, 'users:delete')
      await database.transaction(async (tx) => {
        const current = await store.findForChange(tx, id)
        // The user may have been restored since it was selected.
        if (!current || (which === 'deleted' && current.deleted_at === null)) throw new AppError('not_found')
        // The address may have been verified since the user was selected.
        if (which === 'unproven' && (current.last_login_at !== null || !(await signUps.find(id, tx))))
          throw new AppError('not_found')
        await mayStillRemove(tx, caller, current)
        checkIfMatch(ifMatch, current.version)
        await store.delete(tx, current)
        if (which === 'unproven') await claims.free(tx, id)
        else await claims.erase(tx, id)
        await guards.keepAnAdmin(tx, current)
        await audit.erase(tx, id)
        await needs.forgetElsewhere(tx, current)
        await audit.record(tx, caller, {
          type: 'user.erased',
          ...(which === 'unproven' && { reason: 'never_confirmed' }),
          target: { kind: 'user', id },
        })
      })
      note(caller, 'user.erased', id)
    },
  }
}

/** In the recycle bin `updated_at` is the time of the deletion, from which the days until the erasure count. */
function deletionOf({ version }: UserRow): Pick<UserRow, 'deleted_at' | 'updated_at' | 'version'> {
  const at = now()
  return { deleted_at: at, updated_at: at, version: version + 1 }
}
