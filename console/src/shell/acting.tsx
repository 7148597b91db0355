import { VenetianMask } from 'lucide-react'
import { useState } from 'react'
import { stopActing, useSession } from '../api/session.ts'
import { t } from '../text/text.ts'
import { Button } from '../ui/button.tsx'
import { problemText } from '../ui/problem.tsx'
import { toast } from '../ui/toasts.tsx'

/** Tells an administrator who acts as a user, on every page, and ends it. */
export function Acting() {
  const { user, impersonator } = useSession()
  const [isBusy, setBusy] = useState(false)
  if (!impersonator) return null
  async function stop() {
    setBusy(true)
    await stopActing(user.id).catch((error) => toast(problemText(error)))
    setBusy(false)
  }
  return (
    <div className="notice warn acting" role="status">
      <VenetianMask size={18} aria-hidden />
      <p className="body">{t('acting.text', { name: user.username, own: impersonator.username })}</p>
      <Button isBusy={isBusy} onClick={stop}>
        {t('acting.stop')}
      </Button>
    </div>
  )
}
