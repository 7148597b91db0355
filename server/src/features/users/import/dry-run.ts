/**
 * Simulates the changes of an import. A dry run writes nothing, so it tracks in memory whether an administrator would
 * remain.
 */
import type { Tx } from '../../../database/database.ts'
import { AppError } from '../../../errors.ts'
import { canAdminister } from '../changes/guards.ts'
import { type Difference, rowAfter } from '../changes/write-change.ts'
import type { UsersNeeds } from '../needs.ts'
import type { UserStore } from '../store.ts'
import type { UserRow } from '../user.ts'
import type { Prepared } from './user-to-import.ts'

/**
 * The administrators that earlier rows would remove, and whether earlier rows would add an administrator who can sign
 * in.
 */
export type ThoughtAdmins = { lost: Set<string>; isOneGained: boolean }

export function createDryRun(needs: UsersNeeds, store: UserStore) {
  const canEnter = (user: Parameters<typeof canAdminister>[0]) =>
    canAdminister(user, needs.requireVerifiedEmail)

  return {
    /** @returns the row after the change @throws last_admin */
    async change(tx: Tx, before: UserRow, difference: Difference, admins: ThoughtAdmins): Promise<UserRow> {
      const after = rowAfter(before, difference)
      // An account that its owner takes over has no password until the owner sets one, unless the row has a password.
      const isLocked = difference.isReclaimed === true && difference.hash === undefined
      const [was, is] = [canEnter(before), canEnter(after) && !isLocked]
      if (
        is &&
        (difference.hash !== undefined || (!was && (await needs.passwords.anyUsable(tx, [before.id]))))
      )
        admins.isOneGained = true
      if (was && !is) admins.lost.add(before.id)
      if (was && (!is || difference.roles) && !admins.isOneGained) {
        const left = (await store.listAdmins(tx, needs.requireVerifiedEmail)).filter(
          (id) => !admins.lost.has(id),
        )
        if (!(await needs.passwords.anyUsable(tx, left))) throw new AppError('last_admin')
      }
      return after
    },

    create(rows: readonly Prepared[], admins: ThoughtAdmins): void {
      const isAdmin = ({ columns, roles }: Prepared) => {
        const { disabled_at = null, deleted_at = null, email_verified_at = null } = columns
        return canEnter({ disabled_at, deleted_at, email_verified_at, roles: roles.join(' ') })
      }
      if (rows.some((row) => row.hash !== undefined && isAdmin(row))) admins.isOneGained = true
    },
  }
}
