/** What the operator does for an account from the command line, where the caller already has the database. */
import { systemCaller } from '../../caller.ts'
import { AppError } from '../../errors.ts'
import { createChanges } from './changes.ts'
import type { AccountNeeds } from './needs.ts'

export type OperatorNeeds = Pick<
  AccountNeeds,
  'database' | 'links' | 'users' | 'access' | 'audit' | 'mail' | 'attempts' | 'passwords'
>

export function createOperator(needs: OperatorNeeds) {
  const { database, users, passwords, attempts, audit, mail } = needs
  const { checkPassword, setPassword } = createChanges(needs)

  return {
    /**
     * Sets the password of a user, who has to replace it if `mustChange` says so; all sessions and API keys of the user end, and the user gets a mail.
     * @throws not_found, invalid_input, overloaded
     */
    async setPassword(userId: string, password: string, mustChange = false): Promise<void> {
      const before = await users.find(userId)
      if (!before) throw new AppError('not_found')
      checkPassword(password, before)
      const hash = await passwords.hash(password)
      await database.transaction(async (tx) => {
        const user = await users.findForChange(tx, userId)
        if (!user || user.deleted_at !== null) throw new AppError('not_found')
        await setPassword(tx, systemCaller, user, hash, { session: null, apiKeys: false })
        if (mustChange) await passwords.setMustChange(tx, user.id, true)
        await attempts.forgive(tx, user.id, [user.username_key, user.email_key, user.id], '')
        await mail.passwordChanged(tx, user)
        await audit.record(tx, systemCaller, {
          type: 'password.changed',
          target: { kind: 'user', id: userId },
        })
      })
    },
  }
}
