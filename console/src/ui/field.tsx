import { Eye, EyeOff } from 'lucide-react'
import { type ComponentProps, type ReactNode, useId, useState } from 'react'
import { t } from '../text/text.ts'
import { Button } from './button.tsx'

type Common = { label: string; hint?: ReactNode; problem?: string | undefined }

function Frame({ id, label, hint, problem, children }: Common & { id: string; children: ReactNode }) {
  return (
    <div className="field">
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

export function TextField({ label, hint, problem, ...rest }: Common & ComponentProps<'input'>) {
  const id = useId()
  return (
    <Frame id={id} label={label} hint={hint} problem={problem}>
      <input className="input" id={id} {...describe(id, { label, hint, problem })} {...rest} />
    </Frame>
  )
}

export function PasswordField({ label, hint, problem, ...rest }: Common & ComponentProps<'input'>) {
  const id = useId()
  const [isShown, setShown] = useState(false)
  return (
    <Frame id={id} label={label} hint={hint} problem={problem}>
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

export function TextArea({ label, hint, problem, ...rest }: Common & ComponentProps<'textarea'>) {
  const id = useId()
  return (
    <Frame id={id} label={label} hint={hint} problem={problem}>
      <textarea className="input" id={id} {...describe(id, { label, hint, problem })} {...rest} />
    </Frame>
  )
}

export function SelectField({ label, hint, problem, ...rest }: Common & ComponentProps<'select'>) {
  const id = useId()
  return (
    <Frame id={id} label={label} hint={hint} problem={problem}>
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
