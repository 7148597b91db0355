/** The pages of the device flow (RFC 8628 §3.3): the user types the code that a device shows, and allows the device. */
import { escapeHtml } from '../../../html/escape.ts'
import type { Language } from '../../../html/language.ts'
import type { OwnPage } from '../../../html/page-layout.ts'
import { page } from './page.ts'
import { type Text, textIn } from './texts.ts'

type Form = { action: string; xsrf: string }

/** @param fault why the page is shown again */
export function codePage(
  language: Language,
  { action, xsrf }: Form,
  code: string,
  fault: Text | null,
): OwnPage {
  return page(
    language,
    textIn(language, 'connect_device'),
    `<p>${textIn(language, 'enter_code')}</p>
<form method="post" action="${escapeHtml(action)}">
<input type="hidden" name="xsrf" value="${escapeHtml(xsrf)}">
<label for="code">${textIn(language, 'code')}</label>
<input id="code" name="user_code" value="${escapeHtml(code)}" autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="20" required autofocus${fault === null ? '' : ' aria-invalid="true" aria-describedby="fault"'}>
${fault === null ? '' : `<p id="fault" role="alert">${textIn(language, fault)}</p>`}
<button>${textIn(language, 'continue')}</button>
</form>`,
  )
}

export function confirmDevicePage(
  language: Language,
  { action, xsrf }: Form,
  application: string,
  code: string,
): OwnPage {
  const hidden = (name: string, value: string) =>
    `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`
  return page(
    language,
    textIn(language, 'asks', application),
    `<p>${textIn(language, 'same_code')}</p>
<p><strong>${escapeHtml(code)}</strong></p>
<form method="post" action="${escapeHtml(action)}">
${hidden('xsrf', xsrf)}
${hidden('user_code', code)}
<button name="confirm" value="yes">${textIn(language, 'allow')}</button>
<button class="secondary" name="abort" value="yes">${textIn(language, 'deny')}</button>
</form>`,
  )
}

export function deviceDonePage(language: Language, outcome: 'device_connected' | 'device_denied'): OwnPage {
  const text = textIn(language, `${outcome}_text`)
  return page(language, textIn(language, outcome), `<p role="status">${text}</p>`)
}

/** @param name of the error because of which the library shows the form again */
export function deviceFault(name: string | undefined): Text | null {
  if (name === undefined) return null
  if (name === 'ExpiredError') return 'code_expired'
  // `InvalidGrant` means that another user decided at the same time.
  if (name === 'AlreadyUsedError' || name === 'InvalidGrant') return 'code_used'
  return name === 'NoCodeError' || name === 'NotFoundError' ? 'code_wrong' : 'failed'
}
