import type { User } from '../api/types.ts'
import { t } from '../text/text.ts'
import { Tag } from '../ui/bits.tsx'

/** Whether the user can sign in, in one word. */
export function UserStatus({ user }: { user: Pick<User, 'status' | 'email' | 'email_verified'> }) {
  if (user.status === 'disabled') return <Tag tone="bad">{t('status.disabled')}</Tag>
  if (user.email !== null && !user.email_verified) return <Tag tone="warn">{t('status.unverified')}</Tag>
  return <Tag tone="good">{t('status.active')}</Tag>
}

export function fullName({ first_name, last_name }: Pick<User, 'first_name' | 'last_name'>): string {
  return [first_name, last_name].filter(Boolean).join(' ')
}
