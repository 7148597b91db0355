import { CircleAlert, X } from 'lucide-react'
import { useSyncExternalStore } from 'react'
import { t } from '../text/text.ts'
import { Button } from './button.tsx'

type Toast = { id: number; text: string; isError?: boolean; action?: { label: string; run(): void } }

let toasts: readonly Toast[] = []
let lastId = 0
const listeners = new Set<() => void>()

function change(next: readonly Toast[]) {
  toasts = next
  for (const listener of listeners) listener()
}

/** Shows a message for some seconds; one with an action stays longer, until the next one. */
export function toast(text: string, action?: Toast['action']): void {
  lastId += 1
  const id = lastId
  // What an older action would undo is no longer clear next to a newer message.
  const older = toasts.map(({ action: _, ...rest }) => rest)
  change([...older.slice(-2), { id, text, ...(action && { action }) }])
  setTimeout(() => dismiss(id), action ? 12_000 : 6_000)
}

/** Shows an error until it is closed. */
export function toastError(text: string): void {
  lastId += 1
  change([...toasts.slice(-2), { id: lastId, text, isError: true }])
}

function dismiss(id: number) {
  change(toasts.filter((each) => each.id !== id))
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => toasts)
  return (
    <div className="toasts" role="status">
      {shown.map(({ id, text, isError, action }) => (
        <div className={isError ? 'toast bad' : 'toast'} role={isError ? 'alert' : undefined} key={id}>
          {isError && <CircleAlert size={18} aria-hidden />}
          <span>{text}</span>
          {action && (
            <button
              type="button"
              className="link"
              onClick={() => {
                dismiss(id)
                action.run()
              }}
            >
              {action.label}
            </button>
          )}
          <Button
            kind="quiet"
            label={t('close')}
            icon={<X size={16} aria-hidden />}
            onClick={() => dismiss(id)}
          />
        </div>
      ))}
    </div>
  )
}
