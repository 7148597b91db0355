/** Small pieces: tags, avatars, times, values to copy. */
import { Check, Copy } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { t } from '../text/text.ts'
import { dateTime, relative } from '../text/time.ts'
import { Button } from './button.tsx'

type Tone = 'plain' | 'good' | 'warn' | 'bad'

export function Tag({ tone = 'plain', children }: { tone?: Tone; children: ReactNode }) {
  return <span className={`tag ${tone}`}>{children}</span>
}

export function Avatar({ name, isLarge = false }: { name: string; isLarge?: boolean }) {
  // A name may contain a nickname in quotes.
  const parts = name.split(/[\s._-]+/).flatMap((part) => part.match(/[\p{L}\p{N}].*/u)?.[0] ?? [])
  const letters = parts.length > 1 ? `${first(parts[0])}${first(parts[1])}` : [...name].slice(0, 2).join('')
  return (
    <span className={isLarge ? 'avatar large' : 'avatar'} aria-hidden>
      {letters.toUpperCase()}
    </span>
  )
}

function first(text = ''): string {
  return [...text][0] ?? ''
}

/** A time in the language of the user; the exact time in UTC on hover. */
export function Time({ at, isExact = false }: { at: string | null; isExact?: boolean }) {
  if (at === null) return <span className="dim">{t('never')}</span>
  return (
    <time dateTime={at} title={`${dateTime(at)} · ${at}`} className="num">
      {isExact ? dateTime(at) : relative(at)}
    </time>
  )
}

export function CopyButton({ text, label }: { text: string; label?: string }) {
  const [isCopied, setCopied] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(text)
    setCopied(true)
    setTimeout(() => setCopied(false), 2000)
  }
  const icon = isCopied ? <Check size={16} aria-hidden /> : <Copy size={16} aria-hidden />
  return label ? (
    <Button icon={icon} onClick={copy}>
      {isCopied ? t('copied') : label}
    </Button>
  ) : (
    <Button kind="quiet" label={isCopied ? t('copied') : t('copy')} icon={icon} onClick={copy} />
  )
}

/** A text of several lines to copy, below its heading or choice. */
export function CodeBlock({ head, text }: { head: ReactNode; text: string }) {
  return (
    <>
      <div className="screen-head flush">
        {head}
        <CopyButton text={text} label={t('copy')} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard */}
      <pre className="json" tabIndex={0}>
        {text}
      </pre>
    </>
  )
}

/** A secret that is shown only once. */
export function Secret({ text }: { text: string }) {
  return (
    <div className="secret">
      <code>{text}</code>
      <CopyButton text={text} label={t('copy')} />
    </div>
  )
}
