import { useNavigate } from '@tanstack/react-router'
import { type RefObject, useEffect, useState } from 'react'
import type { User } from '../api/types.ts'

/** The keys of the list: `/` to search, `j` and `k` to move, `Enter` to open, `x` to select, `n` for a new user. */
export function useListKeys(
  rows: readonly User[],
  search: RefObject<HTMLInputElement | null>,
  mayChange: boolean,
  select: (id: string) => void,
) {
  const [current, setCurrent] = useState(-1)
  const navigate = useNavigate()
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target, search.current)) return
      const open = (index: number) => {
        const user = rows[index]
        if (user) void navigate({ to: '/console/users/$id', params: { id: user.id } })
      }
      if (event.target === search.current) {
        if (event.key === 'Enter') open(Math.max(current, 0))
        else if (event.key === 'ArrowDown') setCurrent(Math.min(current + 1, rows.length - 1))
        else if (event.key === 'ArrowUp') setCurrent(Math.max(current - 1, 0))
        else if (event.key === 'Escape') search.current?.blur()
        return
      }
      if (event.key === '/') search.current?.focus()
      else if (event.key === 'j') setCurrent(Math.min(current + 1, rows.length - 1))
      else if (event.key === 'k') setCurrent(Math.max(current - 1, 0))
      else if (event.key === 'Enter' && event.target === document.body) open(current)
      else if (event.key === 'x' && mayChange && rows[current]) select(rows[current].id)
      else if (event.key === 'n' && mayChange) void navigate({ to: '/console/users/new' })
      else return
      event.preventDefault()
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [rows, current, mayChange, navigate, search, select])
  return { current }
}

/** Whether keys belong to a control or a dialog instead of the list. */
function isTyping(target: EventTarget | null, search: HTMLElement | null): boolean {
  if (target === search) return false
  if (!(target instanceof HTMLElement)) return false
  if (target.matches('input[type="checkbox"]')) return false
  return target.closest('input, select, textarea, [role="dialog"], [role="menu"]') !== null
}
