import { Dialog as Base } from '@base-ui/react/dialog'
import { X } from 'lucide-react'
import { type ReactNode, useRef, useState } from 'react'
import { t } from '../text/text.ts'
import { Button } from './button.tsx'
import { ProblemNotice } from './problem.tsx'

type Props = {
  title: string
  isOpen: boolean
  onClose(): void
  children: ReactNode
  width?: 'normal' | 'wide'
}

/** A dialog over the page. The focus stays inside, and goes back to where it was. */
export function Dialog({ title, isOpen, onClose, children, width = 'normal' }: Props) {
  const popup = useRef<HTMLDivElement>(null)
  return (
    <Base.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="backdrop" />
        <Base.Popup
          ref={popup}
          className={`dialog ${width}`}
          initialFocus={() => popup.current?.querySelector<HTMLElement>('input, select, textarea') ?? true}
        >
          <div className="dialog-head">
            <Base.Title>{title}</Base.Title>
            <Base.Close
              render={<Button kind="quiet" label={t('close')} icon={<X size={18} aria-hidden />} />}
            />
          </div>
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}

type ConfirmProps = {
  title: string
  text: ReactNode
  button: string
  isDangerous?: boolean
  isOpen: boolean
  onClose(): void
  act(): Promise<unknown>
  /** What the person has to type before the button works. */
  typed?: string
}

/** Asks before something is done. */
export function Confirm({ title, text, button, isDangerous, isOpen, onClose, act, typed }: ConfirmProps) {
  const [entered, setEntered] = useState('')
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const close = () => {
    setEntered('')
    setError(null)
    onClose()
  }
  const run = async () => {
    setBusy(true)
    setError(null)
    try {
      await act()
      close()
    } catch (caught) {
      setError(caught)
    }
    setBusy(false)
  }
  return (
    <Dialog title={title} isOpen={isOpen} onClose={close}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          if (typed === undefined || entered === typed) void run()
        }}
      >
        <div>{typeof text === 'string' ? <p className="dim">{text}</p> : text}</div>
        {typed !== undefined && (
          <div className="field">
            <label htmlFor="typed">{t('confirm.type', { text: typed })}</label>
            <input
              className="input"
              id="typed"
              autoComplete="off"
              value={entered}
              onChange={({ target }) => setEntered(target.value)}
            />
          </div>
        )}
        <ProblemNotice error={error} />
        <div className="actions end">
          <Button onClick={close}>{t('cancel')}</Button>
          <Button
            type="submit"
            kind={isDangerous ? 'danger-primary' : 'primary'}
            isBusy={isBusy}
            disabled={typed !== undefined && entered !== typed}
          >
            {button}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

type ConfirmButtonProps = Omit<ConfirmProps, 'isOpen' | 'onClose' | 'isDangerous'>

/** A button that asks before it does something dangerous. */
export function ConfirmButton(props: ConfirmButtonProps) {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <Button kind="danger" onClick={() => setOpen(true)}>
        {props.button}
      </Button>
      <Confirm {...props} isDangerous isOpen={isOpen} onClose={() => setOpen(false)} />
    </>
  )
}
