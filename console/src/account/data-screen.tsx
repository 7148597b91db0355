import { Download, Trash2 } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { call } from '../api/call.ts'
import { useSession } from '../api/session.ts'
import type { UserData } from '../api/types.ts'
import { page } from '../page.ts'
import { Screen } from '../shell/screens.tsx'
import { t } from '../text/text.ts'
import { Button } from '../ui/button.tsx'
import { PasswordField } from '../ui/field.tsx'
import { FormActions } from '../ui/form-actions.tsx'
import { Dialog } from '../ui/later.tsx'
import { faultOf, faultOfEmpty, ProblemNotice, problemText } from '../ui/problem.tsx'
import { saveFile } from '../ui/save-file.ts'
import { toastError } from '../ui/toasts.tsx'

/** The export of your data, and the deletion of your account. */
export function DataScreen() {
  const { user } = useSession()
  const [isLeaving, setLeaving] = useState(false)
  const download = async () => {
    try {
      const { data } = await call<UserData>('GET', `/users/${user.id}/data`)
      saveFile(new Blob([JSON.stringify(data, null, 2)], { type: 'application/json' }), 'my-data.json')
    } catch (error) {
      toastError(problemText(error))
    }
  }
  return (
    <div className="narrow">
      <Screen title={t('nav.data')}>
        <div className="stack">
          <section className="card pad stack">
            <h2>{t('mine.download')}</h2>
            <p className="dim">{t('mine.download_text')}</p>
            <div>
              <Button icon={<Download size={16} aria-hidden />} onClick={download}>
                {t('mine.download')}
              </Button>
            </div>
          </section>
          <section className="card pad stack">
            <h2>{t('mine.delete')}</h2>
            <p className="dim">{t('mine.delete_text')}</p>
            <div>
              <Button kind="danger" icon={<Trash2 size={16} aria-hidden />} onClick={() => setLeaving(true)}>
                {t('mine.delete')}
              </Button>
            </div>
          </section>
        </div>
        {isLeaving && <Leave userId={user.id} onClose={() => setLeaving(false)} />}
      </Screen>
    </div>
  )
}

function Leave({ userId, onClose }: { userId: string; onClose(): void }) {
  const [error, setError] = useState<unknown>(null)
  const [isBusy, setBusy] = useState(false)
  async function leave(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const password = String(new FormData(event.currentTarget).get('password'))
    setBusy(true)
    setError(null)
    try {
      await call('DELETE', `/users/${userId}`, { body: { password } })
      location.assign(`${page.base}/sign-in?signed_out`)
    } catch (caught) {
      setError(faultOfEmpty(caught, 'password', password))
      setBusy(false)
    }
  }
  return (
    <Dialog title={t('mine.delete')} isOpen onClose={onClose}>
      <form className="stack" onSubmit={leave} noValidate>
        <p>{t('mine.delete_confirm')}</p>
        <ProblemNotice error={error} shown={['password']} />
        <PasswordField
          label={t('password.current')}
          name="password"
          autoComplete="current-password"
          problem={faultOf(error, 'password')}
        />
        <FormActions button={t('mine.delete')} onCancel={onClose} isBusy={isBusy} isDangerous />
      </form>
    </Dialog>
  )
}
