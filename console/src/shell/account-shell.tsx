import { Database, History, KeyRound, ShieldCheck, UserRound } from 'lucide-react'
import { useMay } from '../api/session.ts'
import { t } from '../text/text.ts'
import { Frame } from './frame.tsx'

export function AccountShell() {
  const may = useMay()
  const items = [
    { to: '/account/profile', label: t('nav.profile'), icon: <UserRound size={17} aria-hidden /> },
    { to: '/account/security', label: t('nav.security'), icon: <ShieldCheck size={17} aria-hidden /> },
    { to: '/account/activity', label: t('nav.activity'), icon: <History size={17} aria-hidden /> },
    ...(may('api_keys:write')
      ? [
          {
            to: '/account/api-keys',
            label: t('nav.api_keys'),
            icon: <KeyRound size={17} aria-hidden />,
          } as const,
        ]
      : []),
    { to: '/account/data', label: t('nav.data'), icon: <Database size={17} aria-hidden /> },
  ] as const
  return <Frame name={t('account')} groups={[{ items }]} />
}
