import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Copy, Ellipsis, KeyRound, LogOut, MailCheck, MailQuestion, Trash2, VenetianMask } from 'lucide-react'
import { useState } from 'react'
import { call } from '../api/call.ts'
import { useMay, useSession } from '../api/session.ts'
import type { User } from '../api/types.ts'
import { useLacksMail } from '../overview/statistics.ts'
import { page } from '../page.ts'
import { t } from '../text/text.ts'
import { Button } from '../ui/button.tsx'
import { Menu, type MenuItem } from '../ui/menu.tsx'
import { problemText } from '../ui/problem.tsx'
import { toast, toastError } from '../ui/toasts.tsx'
import { ActAsUser } from './act-as-user.tsx'
import { HandOutPassword } from './hand-out-password.tsx'
import { patchUser, refreshAbout, useTakeOver } from './user-query.ts'

/** The actions for a user. Disabling and deleting can be undone for some time. */
export function UserActions({ user }: { user: User }) {
  const may = useMay()
  const maySupport = may('users:write') || may('users:support')
  const lacksMail = useLacksMail()
  const own = useSession().user.id === user.id
  const navigate = useNavigate()
  const queries = useQueryClient()
  const takeOver = useTakeOver()
  const [isBusy, setBusy] = useState(false)
  const [isHandingOut, setHandingOut] = useState(false)
  const [isActing, setActing] = useState(false)
  const name = user.username

  const run = async (act: () => Promise<unknown>) => {
    setBusy(true)
    await act().catch((error) => toastError(problemText(error)))
    setBusy(false)
  }
  const setStatus = (status: User['status'], undo?: () => void) =>
    run(async () => {
      takeOver(await patchUser(user.id, { status }))
      toast(t(`user.now_${status}`, { name }), undo && { label: t('undo'), run: undo })
    })
  const toggle = () => {
    const other = user.status === 'active' ? 'disabled' : 'active'
    return setStatus(other, () => void setStatus(user.status))
  }
  const restore = () =>
    run(async () => {
      await call('POST', `/users/${user.id}/restore`)
      toast(t('bin.restored', { name }))
      refreshAbout(queries, user.id)
      await navigate({ to: '/console/users/$id', params: { id: user.id } })
    })
  const remove = () =>
    run(async () => {
      await call('DELETE', `/users/${user.id}`)
      toast(t('user.deleted', { name }), { label: t('undo'), run: () => void restore() })
      await navigate({ to: '/console/users' })
      queries.removeQueries({ queryKey: ['user', user.id] })
      refreshAbout(queries, user.id)
    })
  const send = (path: string, body: object | undefined, done: string) =>
    run(async () => {
      await call('POST', path, body ? { body } : {})
      toast(lacksMail ? t('mail.in_log') : done)
    })

  const { email } = user
  const items: (MenuItem | false)[] = [
    maySupport &&
      email !== null && {
        label: t('user.send_reset'),
        icon: <MailQuestion size={16} aria-hidden />,
        act: () => send(`/users/${user.id}/password-reset`, undefined, t('user.reset_sent', { email })),
      },
    may('users:write') &&
      !own &&
      email === null && {
        label: t('user.hand_out_password'),
        icon: <KeyRound size={16} aria-hidden />,
        act: () => setHandingOut(true),
      },
    !user.email_verified &&
      email !== null && {
        label: t('user.send_verification'),
        icon: <MailCheck size={16} aria-hidden />,
        act: () => send('/auth/verify-email/resend', { email }, t('user.verification_sent', { email })),
      },
    maySupport && {
      label: t('user.end_sessions'),
      icon: <LogOut size={16} aria-hidden />,
      act: () =>
        run(async () => {
          await call('DELETE', `/users/${user.id}/sessions`)
          toast(t('user.sessions_ended', { name }))
          refreshAbout(queries, user.id)
        }),
    },
    page.impersonation &&
      may('users:impersonate') &&
      !own &&
      user.status === 'active' && {
        label: t('acting.open'),
        icon: <VenetianMask size={16} aria-hidden />,
        act: () => setActing(true),
      },
    {
      label: t('user.copy_id'),
      icon: <Copy size={16} aria-hidden />,
      act: () => void navigator.clipboard.writeText(user.id).then(() => toast(t('copied'))),
    },
    may('users:delete') && !own && null,
    may('users:delete') &&
      !own && {
        label: t('user.delete'),
        icon: <Trash2 size={16} aria-hidden />,
        isDangerous: true,
        act: () => void remove(),
      },
  ]
  return (
    <div className="actions">
      {isHandingOut && <HandOutPassword user={user} onClose={() => setHandingOut(false)} />}
      {isActing && <ActAsUser user={user} onClose={() => setActing(false)} />}
      {maySupport && !own && (
        <Button isBusy={isBusy} onClick={toggle}>
          {t(user.status === 'active' ? 'user.disable' : 'user.enable')}
        </Button>
      )}
      <Menu
        trigger={<Button label={t('user.more')} icon={<Ellipsis size={18} aria-hidden />} />}
        items={items.filter((item) => item !== false)}
      />
    </div>
  )
}
