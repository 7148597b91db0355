import { CircleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { ApiError } from '../api/call.ts'
import { minutes, t, textOr } from '../text/text.ts'

/** The error message: in the language of the user if there is a translation, else that of the service. */
export function problemText(error: unknown): string {
  if (!(error instanceof ApiError)) return t('error.unknown')
  if (error.status === 0) return t('error.unreachable')
  if (error.status === 429) return t('error.too_many', { seconds: error.retryAfter })
  const off = error.clockMinutesBehind
  if (off !== 0) return t(off > 0 ? 'error.old_code' : 'error.fast_clock', { time: minutes(Math.abs(off)) })
  return textOr(`error.${error.code}`, error.message || t('error.unknown'))
}

/** The fault of a member of the body, or undefined. */
export function faultOf(error: unknown, name: string): string | undefined {
  if (!(error instanceof ApiError)) return undefined
  const found = error.faults.find(({ pointer }) => pointer === `/${name}` || pointer.startsWith(`/${name}/`))
  if (!found) return undefined
  if (/\bmust not be empty\.$/i.test(found.detail)) return t('fault.required')
  const detail = textOr(`fault.${found.code}`, found.detail)
  return textOr(`fault.${found.code}.${name}`, detail)
}

/** The same error; for a password that was left empty, one about its field, because nothing wrong was typed. */
export function faultOfEmpty(error: unknown, name: string, typed: unknown): unknown {
  if (typed !== '' || !(error instanceof ApiError) || error.code !== 'invalid_credentials') return error
  return new ApiError(error.status, { errors: [{ pointer: `/${name}`, code: 'required', detail: '' }] })
}

/** The error as a box; `shown` are the members whose faults are already shown next to their fields. */
export function ProblemNotice({ error, shown = [] }: { error: unknown; shown?: readonly string[] }) {
  if (!error) return null
  const faults = error instanceof ApiError ? error.faults : []
  const others = faults.filter(({ pointer }) => !shown.some((name) => pointer.startsWith(`/${name}`)))
  if (faults.length > 0 && others.length === 0) return <Box>{t('error.see_fields')}</Box>
  const requestId = error instanceof ApiError && error.status >= 500 ? error.requestId : undefined
  return (
    <Box>
      <p>{problemText(error)}</p>
      {/* The text about a single fault names it already. */}
      {(faults.length > 1 ? others : []).map(({ pointer, detail }) => (
        <p key={`${pointer}${detail}`} className="small">
          {pointer.slice(1)}: {detail}
        </p>
      ))}
      {requestId && <p className="small">{t('error.request_id', { id: requestId })}</p>}
    </Box>
  )
}

function Box({ children }: { children: ReactNode }) {
  return (
    <div className="notice bad" role="alert">
      <CircleAlert size={18} aria-hidden />
      <div className="body">{children}</div>
    </div>
  )
}
