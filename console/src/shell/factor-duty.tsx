/** Tells a user that a second factor is required, and redirects to the page when the time is over. */
import { Link, Navigate, Outlet, useLocation } from '@tanstack/react-router'
import { ShieldAlert } from 'lucide-react'
import { useSession } from '../api/session.ts'
import { t } from '../text/text.ts'
import { date } from '../text/time.ts'

const place = '/account/security'

export function FactorDuty() {
  const { duty } = useSession()
  const { pathname } = useLocation()
  const isThere = pathname.endsWith(place)
  if (duty.overdue && !isThere) return <Navigate to={place} replace />
  return (
    <>
      {duty.due_at && (
        <div className="notice warn" role="status">
          <ShieldAlert size={18} aria-hidden />
          <p className="body">
            {duty.overdue ? t('duty.overdue') : t('duty.due', { date: date(duty.due_at) })}{' '}
            {!isThere && <Link to={place}>{t('duty.add')}</Link>}
          </p>
        </div>
      )}
      <Outlet />
    </>
  )
}
