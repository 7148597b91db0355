import { t } from '../text/text.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/later.tsx'

export type Credentials = 'keep' | 'reset'

type Props = { email: string; onClose(): void; choose(credentials: Credentials): void }

/** The address of a sign-up was never verified: asks what happens to its password before the account gets more rights. */
export function UnprovenAccount({ email, onClose, choose }: Props) {
  return (
    <Dialog title={t('unproven.title')} isOpen onClose={onClose} width="wide">
      <p>{t('unproven.text', { email })}</p>
      <dl className="stack">
        <div>
          <dt>
            <strong>{t('unproven.reset')}</strong>
          </dt>
          <dd>{t('unproven.reset_text', { email })}</dd>
        </div>
        <div>
          <dt>
            <strong>{t('unproven.keep')}</strong>
          </dt>
          <dd>{t('unproven.keep_text')}</dd>
        </div>
      </dl>
      <div className="actions end">
        <Button onClick={onClose}>{t('cancel')}</Button>
        <Button onClick={() => choose('keep')}>{t('unproven.keep')}</Button>
        <Button kind="primary" onClick={() => choose('reset')}>
          {t('unproven.reset')}
        </Button>
      </div>
    </Dialog>
  )
}
