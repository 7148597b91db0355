import { Eye, EyeOff } from 'lucide-react'
import { type ComponentProps, type ReactNode, useEffect, useId, useRef, useState } from 'react'
import { t } from '../text/text.ts'
import { Button } from './button.tsx'

type Common = { label: string; hint?: ReactNode; problem?: string | undefined }

/** The problem until the field is edited; a new attempt shows it again. The first invalid field of a form gets the focus. */
function useProblem(problem: string | undefined) {
  const frame = useRef<HTMLDivElement>(null)
  const [isEdited, setEdited] = useState(false)
  useEffect(() => {
    setEdited(false)
    if (!problem) return
    const form = frame.current?.closest('form')
    const first = form?.querySelector<HTMLElement>('[aria-invalid=true]')
    if (first && frame.current?.contains(first)) first.focus()
    const again = () => setEdited(false)
    form?.addEventListener('submit', again)
    return () => form?.removeEventListener('submit', again)
  }, [problem])
  return { problem: isEdited ? undefined : problem, frame, edit: () => setEdited(true) }
}

type FrameProps = Common & Pick<ReturnType<typeof useProblem>, 'frame' | 'edit'>

function Frame({
  id,
  label,
  hint,
  problem,
  frame,
  edit,
  children,
}: FrameProps & { id: string; children: ReactNode }) {
  return (
    <div className="field" ref={frame} onInput={edit}>
      <label htmlFor={id}>{label}</label>
      {children}
      {problem && (
        <p className="problem" id={`${id}-problem`}>
          {problem}
        </p>
      )}
      {hint && (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  )
}

function describe(id: string, { hint, problem }: Common) {
  const ids = [problem && `${id}-problem`, hint && `${id}-hint`].filter(Boolean)
  return {
    ...(ids.length > 0 && { 'aria-describedby': ids.join(' ') }),
    ...(problem && { 'aria-invalid': true as const }),
  }
}

export function TextField({ label, hint, problem: given, ...rest }: Common & ComponentProps<'input'>) {
  const id = useId()
  const { problem, ...state } = useProblem(given)
  return (
    <Frame id={id} label={label} hint={hint} problem={problem} {...state}>
      <input className="input" id={id} {...describe(id, { label, hint, problem })} {...rest} />
    </Frame>
  )
}

export function PasswordField({ label, hint, problem: given, ...rest }: Common & ComponentProps<'input'>) {
  const id = useId()
  const { problem, ...state } = useProblem(given)
  const [isShown, setShown] = useState(false)
  return (
    <Frame id={id} label={label} hint={hint} problem={problem} {...state}>
      <div className="with-button">
        <input
          className="input"
          id={id}
          {...describe(id, { label, hint, problem })}
          {...rest}
          type={isShown ? 'text' : 'password'}
        />
        <Button
          kind="quiet"
          label={isShown ? t('password.hide') : t('password.show')}
          onClick={() => setShown(!isShown)}
          icon={isShown ? <EyeOff size={18} aria-hidden /> : <Eye size={18} aria-hidden />}
        />
      </div>
    </Frame>
  )
}

/** `isChecked`: the problem is found while the text is typed, so it stays until the text is right. */
export function TextArea({
  label,
  hint,
  problem: given,
  isChecked = false,
  ...rest
}: Common & { isChecked?: boolean } & ComponentProps<'textarea'>) {
  const id = useId()
  const { problem: shown, ...state } = useProblem(given)
  const problem = isChecked ? given : shown
  return (
    <Frame id={id} label={label} hint={hint} problem={problem} {...state}>
      <textarea className="input" id={id} {...describe(id, { label, hint, problem })} {...rest} />
    </Frame>
  )
}

export function SelectField({ label, hint, problem: given, ...rest }: Common & ComponentProps<'select'>) {
  const id = useId()
  const { problem, ...state } = useProblem(given)
  return (
    <Frame id={id} label={label} hint={hint} problem={problem} {...state}>
      <select className="input" id={id} {...describe(id, { label, hint, problem })} {...rest} />
    </Frame>
  )
}

export function CheckField({
  label,
  hint,
  ...rest
}: { label: ReactNode; hint?: ReactNode } & ComponentProps<'input'>) {
  return (
    <label className="check">
      <input type="checkbox" {...rest} />
      <span>
        {label}
        {hint && <span className="hint">{hint}</span>}
      </span>
    </label>
  )
}
