import { Link, useNavigate } from '@tanstack/react-router'
import { ChevronLeft, ChevronRight } from 'lucide-react'
import { useEffect } from 'react'
import { t } from '../text/text.ts'
import { neighboursOf } from './neighbours.ts'

/** Links to the previous and the next user in the list, also with `k` and `j`. The tab stays the same. */
export function NeighbourLinks({ id, tab }: { id: string; tab: string | undefined }) {
  const navigate = useNavigate()
  const { previous, next } = neighboursOf(id)
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const wanted = event.key === 'j' ? next : event.key === 'k' ? previous : undefined
      const isFree =
        event.target instanceof Element && !event.target.closest('input, select, textarea, [role]')
      if (!wanted || !isFree || event.ctrlKey || event.metaKey || event.altKey) return
      void navigate({ to: '/console/users/$id', params: { id: wanted }, search: tab ? { tab } : {} })
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [previous, next, tab, navigate])
  const link = (to: string | undefined, label: string, icon: React.ReactNode) =>
    to === undefined ? (
      <span className="button quiet icon" aria-hidden data-off="">
        {icon}
      </span>
    ) : (
      <Link
        className="button quiet icon"
        to="/console/users/$id"
        params={{ id: to }}
        search={tab ? { tab } : {}}
        aria-label={label}
        title={label}
      >
        {icon}
      </Link>
    )
  if (previous === undefined && next === undefined) return null
  return (
    <span className="neighbours">
      {link(previous, t('user.previous'), <ChevronLeft size={16} aria-hidden />)}
      {link(next, t('user.next'), <ChevronRight size={16} aria-hidden />)}
    </span>
  )
}
