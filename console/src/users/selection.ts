import { useEffect, useState } from 'react'
import type { User } from '../api/types.ts'

/** The maximum number of ids in a job. */
const most = 1000

export type Selection = ReturnType<typeof useSelection>

/** The selected users among those in the list. */
export function useSelection(rows: readonly User[]) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [anchor, setAnchor] = useState<string | null>(null)
  const ids = rows
    .map(({ id }) => id)
    .filter((id) => chosen.has(id))
    .slice(0, most)
  const clear = () => setChosen(new Set())
  useEffect(() => {
    const press = ({ key, target }: KeyboardEvent) => {
      const isElsewhere = target instanceof Element && target.closest('input[type="search"], [role="dialog"]')
      if (key === 'Escape' && !isElsewhere) setChosen(new Set())
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [])
  return {
    ids,
    clear,
    /** Toggles the user; with `isRange` also the users between this one and the previous one. */
    toggle(id: string, isRange = false) {
      const next = new Set(chosen)
      const [from, to] = [anchor ?? id, id].map((each) => rows.findIndex((row) => row.id === each))
      const between =
        isRange && from !== undefined && to !== undefined && from >= 0
          ? rows.slice(Math.min(from, to), Math.max(from, to) + 1)
          : rows.filter((row) => row.id === id)
      const isAdded = !chosen.has(id)
      for (const row of between) {
        if (isAdded) next.add(row.id)
        else next.delete(row.id)
      }
      setChosen(next)
      setAnchor(id)
    },
    /** Selects all users that the list shows, or none. */
    all: (isSelected: boolean) => setChosen(new Set(isSelected ? rows.map(({ id }) => id) : [])),
  }
}
