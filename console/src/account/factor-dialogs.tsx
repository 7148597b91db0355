/** Dialogs of second factors. */

import { type FormEvent, type ReactNode, useState } from 'react'
import { t } from '../text/text.ts'
import { CopyButton } from '../ui/bits.tsx'
import { Button } from '../ui/button.tsx'
import { FormActions } from '../ui/form-actions.tsx'
import { Dialog } from '../ui/later.tsx'
import { ProblemNotice } from '../ui/problem.tsx'

type FormProps = {
  button: string
  isDangerous?: boolean
  onClose(): void
  act(values: Record<string, string>): Promise<unknown>
  children: ReactNode
}

/** A form of a dialog: sends its fields, and shows why the service refused. */
export function Ask({ button, isDangerous = false, onClose, act, children }: FormProps) {
  const [error, setError] = useState<unknown>(null)
  const [isBusy, setBusy] = useState(false)
  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const values = Object.fromEntries(new FormData(event.currentTarget)) as Record<string, string>
    setBusy(true)
    setError(null)
    try {
      await act(values)
    } catch (caught) {
      setError(caught)
    }
    setBusy(false)
  }
  return (
    <form className="stack" onSubmit={submit} noValidate>
      <ProblemNotice error={error} />
      {children}
      <FormActions button={button} onCancel={onClose} isBusy={isBusy} isDangerous={isDangerous} />
    </form>
  )
}

export function ShownCodes({ codes, onClose }: { codes: string[]; onClose(): void }) {
  return (
    <Dialog title={t('two_step.codes')} isOpen onClose={onClose}>
      <div className="stack">
        <p>{t('two_step.codes_text')}</p>
        <pre className="codes">{codes.join('\n')}</pre>
        <div className="actions end">
          <CopyButton text={codes.join('\n')} label={t('copy')} />
          <Button kind="primary" onClick={onClose}>
            {t('two_step.kept')}
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
