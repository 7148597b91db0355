import { Link } from '@tanstack/react-router'
import { ApiError, call } from '../api/call.ts'
import type { User } from '../api/types.ts'
import { t } from '../text/text.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/later.tsx'

const fields = ['username', 'email', 'external_id'] as const

/** A deleted user whose name another user has now. */
export type Clash = { user: User; field: (typeof fields)[number]; owner: User | undefined }

/** The user who has the name that the error is about, if it is about one. */
export async function clashOf(user: User, error: unknown): Promise<Clash | undefined> {
  const field = fields.find((name) => error instanceof ApiError && error.code === `${name}_taken`)
  if (!field) return undefined
  const filter = `${field} eq ${JSON.stringify(user[field])}`
  const found = await call<User[]>('GET', '/users', { query: { filter, limit: 1 } }).catch(() => undefined)
  return { user, field, owner: found?.data[0] }
}

/** Says who has the name now, and what to do. */
export function NameTaken({ user, field, owner, onClose }: Clash & { onClose(): void }) {
  return (
    <Dialog title={t('bin.clash_title', { name: user.username })} isOpen onClose={onClose}>
      <div className="stack">
        <p>{t(`bin.clash_${field}`, { value: user[field] ?? '' })}</p>
        <p className="dim">{t('bin.clash_help', { name: user.username })}</p>
        <div className="actions end">
          <Button onClick={onClose}>{t('cancel')}</Button>
          {owner && (
            <Link className="button primary" to="/console/users/$id" params={{ id: owner.id }}>
              {t('bin.clash_open', { name: owner.username })}
            </Link>
          )}
        </div>
      </div>
    </Dialog>
  )
}
