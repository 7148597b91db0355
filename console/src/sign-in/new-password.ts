/** Replaces a password that an administrator set; before this, other requests are refused. */
import { page } from '../page.ts'
import { createForm, type Form } from './form.ts'
import { send } from './send.ts'
import type { Texts } from './texts.ts'

/** The rule for new passwords. */
export function passwordHint(t: Texts): string {
  return t.password_hint.replace('{count}', String(page.passwordMinLength))
}

/** @param typed the password that the user has just signed in with; empty when it is not known */
export function newPasswordForm(t: Texts, typed: string, done: () => void): Form {
  const current = { name: 'current_password', label: t.password, autocomplete: 'current-password' }
  const form: Form = createForm(t, {
    fields: [
      ...(typed === '' ? [{ ...current, type: 'password' as const }] : []),
      { name: 'password', label: t.new_password, autocomplete: 'new-password', hint: passwordHint(t) },
    ],
    button: t.set_password,
    async submit({ current_password = typed, password }) {
      const changed = await send('PUT', '/users/me/password', { current_password, password })
      if (changed.ok) done()
      else form.fail(changed, document.documentElement.lang)
    },
  })
  form.say(t.must_change, 'warn')
  return form
}
