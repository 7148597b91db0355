/** Sign-in with a passkey: with a button, or from the autofill list of the name field. */
import { askPasskey, hasPasskeys } from '../passkey/passkey.ts'
import { type Answer, send } from './send.ts'

const none: Answer = { ok: false, status: -1, retryAfter: 0, body: { code: 'no_passkey' } }

let waiting: AbortController | undefined

/** Aborts the request of the autofill list, because only one request is allowed at a time. */
function stopWaiting(): void {
  waiting?.abort()
  waiting = undefined
}

async function signIn(isShared: () => boolean, request: CredentialRequestOptions): Promise<Answer> {
  const asked = await send('POST', '/auth/passkeys/options', {})
  if (!asked.ok) return asked
  const { challenge, options } = asked.body
  const passkey = await askPasskey(options, request).catch(() => null)
  if (!passkey) return none
  return send('POST', '/auth/session', { challenge, passkey, shared_computer: isShared() })
}

/** @param isShared returns the state of the shared-computer box when the passkey was chosen */
export function signInWithPasskey(isShared: () => boolean): Promise<Answer> {
  stopWaiting()
  return signIn(isShared, {})
}

/** The second step of a sign-in. */
export async function continueWithPasskey(challenge: string, choices: object): Promise<Answer> {
  stopWaiting()
  const asked = await send('POST', '/auth/passkeys/options', { purpose: 'second_factor', challenge })
  if (!asked.ok) return asked
  const passkey = await askPasskey(asked.body.options).catch(() => null)
  if (!passkey) return none
  return send('POST', '/auth/session/continue', { challenge, passkey, ...choices })
}

/** Offers passkeys in the autofill list of the name field, if the browser supports it. Expired options are renewed. */
export async function offerPasskeys(isShared: () => boolean, done: (answer: Answer) => void): Promise<void> {
  stopWaiting()
  if (!hasPasskeys || !(await PublicKeyCredential.isConditionalMediationAvailable?.())) return
  for (;;) {
    const controller = new AbortController()
    waiting = controller
    const answer = await signIn(isShared, { mediation: 'conditional', signal: controller.signal })
    if (controller.signal.aborted) return
    if (answer.body.code !== 'invalid_grant') return answer === none ? undefined : done(answer)
  }
}
