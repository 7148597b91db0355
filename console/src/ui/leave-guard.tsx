import { useBlocker } from '@tanstack/react-router'
import { t } from '../text/text.ts'
import { Button } from './button.tsx'
import { Dialog } from './later.tsx'

/** Asks before another page is opened while a form has changes. Tabs of the same page do not count as another page. */
export function LeaveGuard({ isDirty }: { isDirty: boolean }) {
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => isDirty && current.pathname !== next.pathname,
    enableBeforeUnload: () => isDirty,
    withResolver: true,
  })
  if (blocker.status !== 'blocked') return null
  return (
    <Dialog title={t('leave.title')} isOpen onClose={blocker.reset}>
      <div className="stack">
        <p className="dim">{t('leave.text')}</p>
        <div className="actions end">
          <Button onClick={blocker.reset}>{t('leave.stay')}</Button>
          <Button kind="danger-primary" onClick={blocker.proceed}>
            {t('discard')}
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
