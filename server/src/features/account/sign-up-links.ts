/** Shows a sign-up to the reader of its verification link, and lets the reader discard the account. */
import type { Caller } from '../../caller.ts'
import { AppError } from '../../errors.ts'
import { asOwner, type Changes } from './changes.ts'
import { describeDevice } from './device.ts'
import { purposesOfLinks } from './links.ts'
import type { AccountNeeds } from './needs.ts'

export type SignUpShown = {
  username: string
  created_at: string
  program: string | null
  can_be_discarded: boolean
}

export function createSignUpLinks(needs: AccountNeeds, { redeem }: Changes) {
  const { database, links, users } = needs

  return {
    /**
     * Whether the link still works, for the page behind it. The link remains valid.
     * @throws invalid_grant
     */
    async checkLink(token: string): Promise<{ expires_at: string }> {
      const found = await links.find(database.read, token, ...purposesOfLinks)
      if (!found) throw new AppError('invalid_grant')
      if (found.purpose !== 'setup') {
        const user = found.userId ? await users.find(found.userId) : undefined
        const isOfNewAddress = found.purpose === 'change_email'
        if (!user || user.disabled_at !== null || !(isOfNewAddress || user.email_key === found.emailKey))
          throw new AppError('invalid_grant')
      }
      return { expires_at: found.expiresAt }
    },

    /** The account that the link would verify, and how it was created. @throws invalid_grant */
    async readSignUp(token: string): Promise<SignUpShown> {
      const found = await links.find(database.read, token, 'verify_email')
      const user = found?.userId ? await users.find(found.userId) : undefined
      if (!user || user.disabled_at !== null || user.email_key !== found?.emailKey)
        throw new AppError('invalid_grant')
      const signUp = await users.findSignUp(user.id)
      return {
        username: user.username,
        created_at: user.created_at,
        program: signUp?.user_agent == null ? null : describeDevice(signUp.user_agent),
        can_be_discarded: signUp !== undefined && !(await users.holdsPermissions(user.id)),
      }
    },

    /**
     * Moves the account to the recycle bin, because the reader of the link did not create it.
     * @throws invalid_grant; forbidden for an account that was confirmed once, that an administrator created, or that has
     * permissions
     */
    async discardSignUp(caller: Caller, token: string): Promise<void> {
      await database.transaction(async (tx) => {
        const { link, user } = await redeem(tx, token, 'verify_email')
        if (link.emailKey !== user.email_key) throw new AppError('invalid_grant')
        await users.discardSignUp(tx, asOwner(caller, user), user.id)
      })
    },
  }
}
