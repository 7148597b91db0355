import { type ReactNode, useState } from 'react'
import { t } from '../text/text.ts'
import { Button } from './button.tsx'
import { Dialog } from './later.tsx'
import { ProblemNotice } from './problem.tsx'

type ConfirmProps = {
  title: string
  text: ReactNode
  button: string
  isDangerous?: boolean
  isOpen: boolean
  onClose(): void
  act(): Promise<unknown>
  /** The text that the user must type to enable the button. */
  typed?: string
}

/** Asks for confirmation. */
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

/** A button that asks for confirmation before a dangerous action. */
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
