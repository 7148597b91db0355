/** Replaces a password that an administrator set; before this, other requests are refused. */
import { createForm, type Form } from './form.ts'
import { send } from './send.ts'
import type { Texts } from './texts.ts'

/** @param typed the password that the user has just signed in with; empty when it is not known */
export function newPasswordForm(t: Texts, typed: string, done: () => void): Form {
  const current = { name: 'current_password', label: t.password, autocomplete: 'current-password' }
  const form: Form = createForm(t, {
    fields: [
      ...(typed === '' ? [{ ...current, type: 'password' as const }] : []),
      { name: 'password', label: t.new_password, autocomplete: 'new-password', hint: t.password_hint },
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
