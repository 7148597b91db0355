import { CloudOff, Inbox, Lock, RotateCw } from 'lucide-react'
import type { ReactNode } from 'react'
import { ApiError } from '../api/call.ts'
import { t } from '../text/text.ts'
import { Button } from './button.tsx'
import { problemText } from './problem.tsx'

type EmptyProps = { title: string; text?: string; isPage?: boolean; children?: ReactNode }

/** The message for an empty state. With `isPage` it is the only content of the page. */
export function Empty({ title, text, isPage = false, children }: EmptyProps) {
  return (
    <div className="state">
      <Inbox size={28} aria-hidden />
      {isPage ? <h1>{title}</h1> : <h2>{title}</h2>}
      {text && <p className="dim">{text}</p>}
      {children}
    </div>
  )
}

export function Loading({ rows = 5 }: { rows?: number }) {
  return (
    <div className="skeletons" role="status" aria-label={t('loading')}>
      {Array.from({ length: rows }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are all alike
        <div className="skeleton" key={index} />
      ))}
    </div>
  )
}

export function Failed({ error, retry }: { error: unknown; retry?: () => void }) {
  const isForbidden = error instanceof ApiError && error.status === 403
  const isActing = isForbidden && error.code === 'not_while_impersonating'
  if (isForbidden) return <NoPermission isPage={false} {...(isActing && { text: problemText(error) })} />
  const requestId = error instanceof ApiError ? error.requestId : undefined
  return (
    <div className="state" role="alert">
      <CloudOff size={28} aria-hidden />
      <h2>{problemText(error)}</h2>
      {requestId && <p className="dim small">{t('error.request_id', { id: requestId })}</p>}
      {retry && (
        <Button icon={<RotateCw size={16} aria-hidden />} onClick={retry}>
          {t('retry')}
        </Button>
      )}
    </div>
  )
}

export function NoPermission({
  isPage = true,
  text,
  children,
}: {
  isPage?: boolean
  text?: string
  children?: ReactNode
}) {
  const title = t('no_permission.title')
  return (
    <div className="state">
      <Lock size={28} aria-hidden />
      {isPage ? <h1>{title}</h1> : <h2>{title}</h2>}
      <p className="dim">{text ?? t('no_permission.text')}</p>
      {children}
    </div>
  )
}
