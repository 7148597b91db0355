/** Keys that work on every screen of the console: the palette and the help. Both are loaded when first opened. */
import { lazy, Suspense, useEffect, useState } from 'react'
import type { NavGroup } from './frame.tsx'

const Palette = lazy(async () => ({ default: (await import('../palette/palette.tsx')).Palette }))
const KeyHelp = lazy(async () => ({ default: (await import('../palette/key-help.tsx')).KeyHelp }))

export function Shortcuts({ groups }: { groups: readonly NavGroup[] }) {
  const [open, setOpen] = useState<'palette' | 'help' | null>(null)
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const isPalette = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k'
      const isHelp = event.key === '?' && !event.ctrlKey && !event.metaKey && !isTyping(event.target)
      if (!isPalette && !isHelp) return
      event.preventDefault()
      setOpen(isPalette ? 'palette' : 'help')
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [])
  const close = () => setOpen(null)
  return (
    <Suspense>
      {open === 'palette' && <Palette groups={groups} onClose={close} />}
      {open === 'help' && <KeyHelp onClose={close} />}
    </Suspense>
  )
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input:not([type="checkbox"]), textarea, select')
}
