/** Asks for a fresh proof before a request that needs one, and then continues the request. */

import { type FormEvent, useEffect, useState } from 'react'
import { call, refusal, whenProofIsNeeded } from '../api/call.ts'
import { useSession } from '../api/session.ts'
import { page } from '../page.ts'
import { askPasskey, hasPasskeys } from '../passkey/passkey.ts'
import { t } from '../text/text.ts'
import { Button } from '../ui/button.tsx'
import { PasswordField, TextField } from '../ui/field.tsx'
import { FormActions } from '../ui/form-actions.tsx'
import { Dialog } from '../ui/later.tsx'
import { ProblemNotice } from '../ui/problem.tsx'

type Answer = (isProven: boolean) => void
type Way = 'password' | 'code'

export function ProveAgain() {
  // Several requests may wait for one proof.
  const [waiting, setWaiting] = useState<readonly Answer[]>([])
  const [methods, setMethods] = useState<readonly string[]>([])
  useEffect(() => {
    whenProofIsNeeded((offered) => {
      setMethods(offered)
      return new Promise((answer) => setWaiting((others) => [...others, answer]))
    })
  }, [])
  function finish(isProven: boolean) {
    for (const answer of waiting) answer(isProven)
    setWaiting([])
  }
  return (
    <Dialog title={t('proof.title')} isOpen={waiting.length > 0} onClose={() => finish(false)}>
      {methods.length === 0 ? <SignInOnceMore /> : <Proof methods={methods} finish={finish} />}
    </Dialog>
  )
}

/** For an account with only accounts at other providers, a new sign-in with one of them is the proof. */
function SignInOnceMore() {
  const here = `${location.pathname}${location.search}`
  return (
    <div className="stack">
      <p className="dim">{t('proof.sign_in_text')}</p>
      <div className="actions end">
        <a className="button primary" href={`${page.base}/sign-in?return_to=${encodeURIComponent(here)}`}>
          {t('proof.sign_in')}
        </a>
      </div>
    </div>
  )
}

/** Offers the methods of the account: its password, or a code. */
function Proof({ methods, finish }: { methods: readonly string[]; finish: Answer }) {
  const hasPassword = methods.includes('password')
  const hasCode = methods.includes('totp') || methods.includes('recovery_code')
  const [way, setWay] = useState<Way>(hasCode && !hasPassword ? 'code' : 'password')
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)

  const hasPasskey = hasPasskeys && methods.includes('passkey')

  async function send(evidence: () => Promise<object>) {
    setBusy(true)
    setError(null)
    try {
      await call('POST', '/auth/step-up', { body: await evidence() })
      finish(true)
    } catch (caught) {
      setError(caught)
    }
    setBusy(false)
  }
  async function prove(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const values = new FormData(event.currentTarget)
    await send(async () =>
      way === 'code' ? codeOf(String(values.get('code'))) : { password: String(values.get('password')) },
    )
  }
  const provePasskey = () => send(passkeyEvidence)
  function choose(chosen: Way) {
    setError(null)
    setWay(chosen)
  }

  return (
    <form className="stack" onSubmit={prove}>
      <p className="dim">{t(way === 'code' ? 'proof.text_code' : 'proof.text')}</p>
      <ProofField way={way} />
      <ProblemNotice error={error} />
      {((hasPassword && hasCode) || hasPasskey) && (
        <div className="actions">
          {hasPasskey && (
            <Button kind="quiet" onClick={provePasskey}>
              {t('proof.use_passkey')}
            </Button>
          )}
          {hasPassword && hasCode && (
            <Button kind="quiet" onClick={() => choose(way === 'code' ? 'password' : 'code')}>
              {t(way === 'code' ? 'proof.use_password' : 'proof.use_code')}
            </Button>
          )}
        </div>
      )}
      <FormActions button={t('proof.button')} onCancel={() => finish(false)} isBusy={isBusy} />
    </form>
  )
}

function ProofField({ way }: { way: Way }) {
  const { user } = useSession()
  if (way === 'code')
    return (
      <TextField
        label={t('proof.code')}
        hint={t('proof.code_hint')}
        name="code"
        autoComplete="one-time-code"
        required
      />
    )
  return (
    <>
      <input type="hidden" autoComplete="username" value={user.username} readOnly />
      <PasswordField label={t('password')} name="password" autoComplete="current-password" required />
    </>
  )
}

/** Six digits come from an app; everything else is a recovery code. */
function codeOf(typed: string) {
  const code = typed.replaceAll(' ', '')
  return /^\d{6}$/.test(code) ? { totp: code } : { recovery_code: code }
}

async function passkeyEvidence() {
  type Asked = { options: Record<string, unknown> }
  const { data } = await call<Asked>('POST', '/auth/passkeys/options', { body: { purpose: 'step_up' } })
  const passkey = await askPasskey(data.options)
  if (!passkey) throw refusal(t('proof.no_passkey'))
  return { passkey }
}
