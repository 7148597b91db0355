/** A form with labels, faults next to their fields, and one message for other errors. */
import { element } from './element.ts'
import type { Answer, Fault } from './send.ts'
import type { Texts } from './texts.ts'

type Field = {
  name: string
  label: string
  autocomplete: string
  type?: 'text' | 'email' | 'password'
  hint?: string
  isOptional?: boolean
  value?: string
  link?: { text: string; href: string }
}
type Values = Record<string, string | boolean>
type Options = {
  fields: readonly Field[]
  check?: { name: string; label: string }
  button: string
  /** A second button for an alternative. */
  other?: { button: string; act(): Promise<void> } | undefined
  submit(values: Values): Promise<void>
}
type Tone = 'bad' | 'warn' | 'good'

export type Form = {
  element: HTMLElement
  say(text: string, tone: Tone): void
  /** Shows why the server refused. */
  fail(answer: Answer, language: string): void
  /** Focuses the first field. */
  focus(): void
  /** The value of a field. */
  value(name: string): string
  /** Replaces the form by a final message. */
  finish(text: string): void
}

export function createForm(t: Texts, { fields, check, button, other, submit }: Options): Form {
  const message = element('p', { class: 'notice', role: 'alert' })
  const inputs = new Map<string, HTMLInputElement>()
  const rows = fields.map((field) => createField(t, field, inputs))
  const box = check && element('input', { type: 'checkbox', name: check.name })
  const go = element('button', { class: 'button primary wide' }, [button])
  const another = other && element('button', { type: 'button', class: 'button wide' }, [other.button])
  const form = element('form', { novalidate: '' }, [
    message,
    ...rows,
    ...(box ? [element('label', { class: 'check' }, [box, check.label])] : []),
    go,
    ...(another ? [another] : []),
  ])

  const say = (text: string, tone: Tone) => {
    message.className = `notice ${tone}`
    message.textContent = text
  }
  const mark = (name: string, detail: string) => {
    inputs.get(name)?.setAttribute('aria-invalid', 'true')
    const place = form.querySelector(`#${name}-problem`)
    if (place) place.textContent = detail
  }
  const clear = () => {
    message.textContent = ''
    for (const [name, input] of inputs) {
      input.removeAttribute('aria-invalid')
      form.querySelector(`#${name}-problem`)!.textContent = ''
    }
  }
  const focusFirstFault = () => form.querySelector<HTMLInputElement>('[aria-invalid]')?.focus()

  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    if (go.disabled) return
    clear()
    for (const [name, input] of inputs) if (input.required && input.value === '') mark(name, t.missing)
    if (form.querySelector('[aria-invalid]')) return focusFirstFault()
    const values: Values = Object.fromEntries(
      [...inputs].map(([name, { value }]) => [name, name.endsWith('password') ? value : value.trim()]),
    )
    if (box) values[box.name] = box.checked
    go.disabled = true
    await submit(values)
    go.disabled = false
  })

  another?.addEventListener('click', async () => {
    clear()
    another.disabled = true
    await other?.act()
    another.disabled = false
  })

  return {
    element: form,
    say,
    fail(answer, language) {
      const faults: Fault[] = (answer.body.errors ?? []).filter(({ pointer }: Fault) =>
        inputs.has(pointer.slice(1)),
      )
      for (const { pointer, detail } of faults) mark(pointer.slice(1), detail)
      if (faults.length > 0) return focusFirstFault()
      say(messageOf(t, answer, language), 'bad')
      const secret = inputs.get('password')
      if (answer.body.code === 'invalid_credentials') secret?.select()
      inputs.get('code')?.select()
    },
    focus: () => form.querySelector('input')?.focus(),
    value: (name) => inputs.get(name)?.value ?? '',
    finish(text) {
      const done = element('p', { class: 'notice good', role: 'status', tabindex: '-1' }, [text])
      form.replaceWith(done)
      done.focus()
    },
  }
}

function messageOf(t: Texts, { status, retryAfter, body }: Answer, language: string): string {
  if (status === 0) return t.unreachable
  if (status === 429) return t.too_many.replace('{time}', durationOf(retryAfter, language))
  if (body.code === 'invalid_credentials') return t.wrong
  if (body.clock_minutes_behind > 0)
    return t.old_code.replace('{time}', inUnit(body.clock_minutes_behind, 'minute', language))
  if (body.code === 'wrong_recovery_code') return t.wrong_recovery_code
  if (body.code === 'invalid_code') return t.wrong_code
  if (body.code === 'wrong_mail_code') return t.wrong_mail_code
  if (body.code === 'mail_link_over') return t.mail_link_over
  if (body.code === 'invalid_grant') return t.sign_in_over
  if (body.code === 'password_breached') return t.breached
  if (body.code === 'no_passkey' || body.code === 'invalid_passkey') return t.no_passkey
  if (body.code === 'email_not_verified') return t.unverified
  return typeof body.detail === 'string' && status < 500 ? body.detail : t.failed
}

function durationOf(seconds: number, language: string): string {
  const [value, unit] =
    seconds > 90
      ? ([Math.ceil(seconds / 60), 'minute'] as const)
      : ([Math.max(seconds, 1), 'second'] as const)
  return inUnit(value, unit, language)
}

/** Such as `4 minutes`. */
function inUnit(value: number, unit: 'minute' | 'second', language: string): string {
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(value)
}

function createField(
  t: Texts,
  { name, label, autocomplete, type, hint, isOptional = false, value, link }: Field,
  inputs: Map<string, HTMLInputElement>,
) {
  const isSecret = name === 'password' || type === 'password'
  const input = element('input', {
    class: 'input',
    id: name,
    name,
    type: isSecret ? 'password' : (type ?? 'text'),
    autocomplete,
    ...(isOptional ? {} : { required: '' }),
    autocapitalize: 'none',
    spellcheck: 'false',
    'aria-describedby': `${name}-problem ${name}-hint`,
  })
  if (value !== undefined) input.value = value
  inputs.set(name, input)
  const hintText = element('p', { class: 'hint', id: `${name}-hint` }, [hint ?? ''])
  const title = element('label', { for: name }, [label])
  return element('div', { class: 'field' }, [
    link
      ? element('div', { class: 'label-row' }, [title, element('a', { href: link.href }, [link.text])])
      : title,
    isSecret ? withReveal(t, input, hintText, hint ?? '') : input,
    element('p', { class: 'problem', id: `${name}-problem` }),
    hintText,
  ])
}

/** A button that shows the password, and a hint while caps lock is on. */
function withReveal(t: Texts, input: HTMLInputElement, hintText: Element, hint: string) {
  const button = element('button', { type: 'button', class: 'button quiet', 'aria-label': t.show_password })
  button.append(eye())
  button.addEventListener('click', () => {
    const isShown = input.type === 'text'
    input.type = isShown ? 'password' : 'text'
    button.setAttribute('aria-label', isShown ? t.show_password : t.hide_password)
    button.setAttribute('aria-pressed', String(!isShown))
  })
  for (const type of ['keydown', 'keyup'])
    input.addEventListener(type, (event) => {
      const isCaps = (event as KeyboardEvent).getModifierState?.('CapsLock')
      hintText.textContent = isCaps ? t.caps_lock : hint
    })
  return element('div', { class: 'with-button' }, [input, button])
}

function eye(): Element {
  const space = 'http://www.w3.org/2000/svg'
  const picture = document.createElementNS(space, 'svg')
  const attributes = {
    viewBox: '0 0 24 24',
    width: '18',
    height: '18',
    fill: 'none',
    stroke: 'currentColor',
    'stroke-width': '2',
    'aria-hidden': 'true',
  }
  for (const [key, value] of Object.entries(attributes)) picture.setAttribute(key, value)
  const outline = document.createElementNS(space, 'path')
  outline.setAttribute('d', 'M2 12s3.6-7 10-7 10 7 10 7-3.6 7-10 7S2 12 2 12Z')
  const pupil = document.createElementNS(space, 'circle')
  for (const [key, value] of Object.entries({ cx: '12', cy: '12', r: '3' })) pupil.setAttribute(key, value)
  picture.append(outline, pupil)
  return picture
}
