/** Sign-in with the code or the link of a mail. */
import { query } from './destination.ts'
import { element } from './element.ts'
import { createForm, type Form } from './form.ts'
import { type Answer, send } from './send.ts'
import type { Texts } from './texts.ts'

type Entered = (answer: Answer, form: Form, isShared: boolean) => void

/** A button instead of the password. */
export function mailButton(t: Texts, form: Form, isShared: () => boolean, entered: Entered): HTMLElement {
  const button = element('button', { type: 'button', class: 'button wide' }, [t.by_mail])
  button.addEventListener('click', () => {
    const asking = askForm(t, form.value('username'), isShared(), entered)
    form.element.replaceWith(asking.element)
    button.remove()
    asking.focus()
  })
  return button
}

function askForm(t: Texts, typed: string, isShared: boolean, entered: Entered): Form {
  const form: Form = createForm(t, {
    fields: [
      {
        name: 'email',
        label: t.email,
        autocomplete: 'email',
        type: 'email',
        value: typed.includes('@') ? typed : '',
        hint: t.by_mail_hint,
      },
    ],
    button: t.send_mail,
    async submit({ email }) {
      const target = query.get('return_to')
      const body = { email, shared_computer: isShared, ...(target !== null && { return_to: target }) }
      const asked = await send('POST', '/auth/email-link', body)
      if (!asked.ok) return form.fail(asked, document.documentElement.lang)
      const next = codeForm(t, asked.body.challenge, isShared, entered)
      form.element.replaceWith(next.element)
      next.say(t.mail_sent, 'good')
      next.focus()
    },
  })
  return form
}

function codeForm(t: Texts, challenge: string, isShared: boolean, entered: Entered): Form {
  const form: Form = createForm(t, {
    fields: [{ name: 'code', label: t.mail_code, autocomplete: 'one-time-code', hint: t.mail_code_hint }],
    button: t.sign_in,
    async submit({ code }) {
      const body = { challenge, email_code: code, shared_computer: isShared }
      const answer = await send('POST', '/auth/session', body)
      const isWrong = answer.body.code === 'invalid_code'
      entered(isWrong ? { ...answer, body: { code: 'wrong_mail_code' } } : answer, form, isShared)
    },
  })
  return form
}

/** Handles the token of a mailed link. Only the browser that requested the mail has the matching cookie. */
export async function enterWithLink(token: string, form: Form, entered: Entered): Promise<void> {
  const isShared = query.get('shared_computer') === 'true'
  const answer = await send('POST', '/auth/session', { email_token: token, shared_computer: isShared })
  const isOther = answer.status === 400
  entered(isOther ? { ...answer, body: { code: 'mail_link_over' } } : answer, form, isShared)
}
