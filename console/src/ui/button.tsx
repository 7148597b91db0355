import { LoaderCircle } from 'lucide-react'
import type { ComponentProps, ReactNode } from 'react'

type Kind = 'plain' | 'primary' | 'quiet' | 'danger' | 'danger-primary'

const classes: Record<Kind, string> = {
  plain: 'button',
  primary: 'button primary',
  quiet: 'button quiet',
  danger: 'button danger',
  'danger-primary': 'button danger primary',
}

type Props = ComponentProps<'button'> & {
  kind?: Kind
  isBusy?: boolean
  icon?: ReactNode
  /** For a button that shows only its icon. */
  label?: string
}

export function Button({ kind = 'plain', isBusy = false, icon, label, children, className, ...rest }: Props) {
  const isIcon = children === undefined
  return (
    <button
      type="button"
      {...rest}
      className={[classes[kind], isIcon && 'icon', className].filter(Boolean).join(' ')}
      disabled={rest.disabled || isBusy}
      {...(label && { 'aria-label': label, title: label })}
    >
      {isBusy ? <LoaderCircle size={16} className="spin" aria-hidden /> : icon}
      {children}
    </button>
  )
}
