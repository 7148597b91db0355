import { t } from '../text/text.ts'
import { Button } from './button.tsx'

type Props = {
  /** The text of the submit button. */
  button: string
  onCancel(): void
  isBusy?: boolean
  isDangerous?: boolean | undefined
}

/** The end of a form in a dialog: cancel, or send it. */
export function FormActions({ button, onCancel, isBusy = false, isDangerous = false }: Props) {
  return (
    <div className="actions end">
      <Button onClick={onCancel}>{t('cancel')}</Button>
      <Button type="submit" kind={isDangerous ? 'danger-primary' : 'primary'} isBusy={isBusy}>
        {button}
      </Button>
    </div>
  )
}
