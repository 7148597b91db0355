/** The pages of the device flow (RFC 8628 §3.3): the user types the code that a device shows, and allows the device. */
import { escapeHtml } from '../../html.ts'
import { page } from './logout-pages.ts'

type Form = { action: string; xsrf: string }

/** @param fault why the page is shown again */
export function codePage({ action, xsrf }: Form, code: string, fault: string | null): string {
  return page(
    'Connect a device',
    `<p>Enter the code that your device shows.</p>
<form method="post" action="${escapeHtml(action)}">
<input type="hidden" name="xsrf" value="${escapeHtml(xsrf)}">
<label for="code">Code</label>
<input id="code" name="user_code" value="${escapeHtml(code)}" autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="20" required autofocus${fault === null ? '' : ' aria-invalid="true" aria-describedby="fault"'}>
${fault === null ? '' : `<p id="fault" role="alert">${escapeHtml(fault)}</p>`}
<button>Continue</button>
</form>`,
  )
}

export function confirmDevicePage({ action, xsrf }: Form, application: string, code: string): string {
  const hidden = (name: string, value: string) =>
    `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`
  return page(
    `${escapeHtml(application)} asks for access`,
    `<p>Does your device show this code? If you did not start this on a device of yours, deny it.</p>
<p><strong>${escapeHtml(code)}</strong></p>
<form method="post" action="${escapeHtml(action)}">
${hidden('xsrf', xsrf)}
${hidden('user_code', code)}
<button name="confirm" value="yes">Allow</button>
<button class="secondary" name="abort" value="yes">Deny</button>
</form>`,
  )
}

export const deviceConnectedPage = page(
  'Device connected',
  '<p role="status">You are signed in on your device. You can close this page.</p>',
)

export const deviceDeniedPage = page(
  'Device not connected',
  '<p role="status">The device was not connected. Start again on the device if you want to connect it.</p>',
)

/** @param name of the error by which the library shows the form again */
export function deviceFault(name: string | undefined): string | null {
  if (name === undefined) return null
  if (name === 'ExpiredError') return 'This code has expired. Start again on the device.'
  if (name === 'AlreadyUsedError') return 'This code was used before. Start again on the device.'
  if (name === 'NoCodeError' || name === 'NotFoundError') return 'This code is not right. Check the device.'
  return 'That did not work. Try again.'
}
