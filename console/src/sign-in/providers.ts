/** Sign-in with an account at another provider: the buttons, and the return from the provider. */
import { page } from '../page.ts'
import { query } from './destination.ts'
import { element } from './element.ts'
import { send } from './send.ts'
import type { Texts } from './texts.ts'

type Provider = { id: string; name: string; signs_up: boolean }

/** The fragment of the URL: a second step, an unlinked identity, or a mailed token. */
export type Return =
  | { kind: 'second_step'; challenge: string; methods: string[]; isShared: boolean }
  | { kind: 'waiting'; token: string; provider: string; account: string }
  | { kind: 'mail'; token: string }
  | null

/** Reads it once and removes it from the URL. */
export function readReturn(): Return {
  const values = new URLSearchParams(location.hash.slice(1))
  const challenge = values.get('challenge')
  const token = values.get('waiting')
  const mailed = values.get('token')
  if (challenge === null && token === null && mailed === null) return null
  history.replaceState(null, '', `${location.pathname}${location.search}`)
  if (challenge !== null)
    return {
      kind: 'second_step',
      challenge,
      methods: (values.get('methods') ?? '').split(' '),
      isShared: values.get('shared_computer') === 'true',
    }
  if (mailed !== null) return { kind: 'mail', token: mailed }
  return {
    kind: 'waiting',
    token: token!,
    provider: values.get('provider') ?? '',
    account: values.get('account') ?? '',
  }
}

/** Why the sign-in at the provider ended without a session. */
export function failureOf(t: Texts): string | null {
  const code = query.get('provider_error')
  if (code === null) return null
  const texts: Record<string, string> = {
    cancelled: t.provider_cancelled,
    expired: t.provider_expired,
    unavailable: t.provider_unavailable,
    refused: t.provider_refused,
    unverified: t.unverified,
  }
  return texts[code] ?? t.provider_failed
}

const loading: Promise<Provider[]> = send('GET', '/auth/providers').then(({ body }) =>
  Array.isArray(body) ? body : [],
)

/** A button for each provider, to sign up for each that creates accounts; they appear when they are known. */
export function providerButtons(t: Texts, form: HTMLElement, isSignUp: boolean): HTMLElement {
  const place = element('div', { class: 'providers' })
  void loading.then((all) => {
    const providers = all.filter(({ signs_up }) => signs_up || !isSignUp)
    if (providers.length === 0) return
    const links = providers.map(({ id, name }) => {
      const link = element('a', { class: 'button wide', href: addressOf(id, false) }, [
        t.continue_with.replace('{name}', name),
      ])
      link.addEventListener('click', () => {
        const box = form.querySelector<HTMLInputElement>('input[name=shared_computer]')
        link.href = addressOf(id, box?.checked ?? false)
      })
      return link
    })
    place.replaceChildren(element('p', { class: 'or' }, [t.or]), ...links)
  })
  return place
}

function addressOf(id: string, isShared: boolean): string {
  const parameters = new URLSearchParams()
  const target = query.get('return_to')
  if (target) parameters.set('return_to', target)
  if (isShared) parameters.set('shared_computer', 'true')
  const text = parameters.toString()
  return `${page.base}/auth/providers/${id}/start${text === '' ? '' : `?${text}`}`
}
