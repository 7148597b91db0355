/** The pages to sign in and to sign up: small, without a framework. */
import { page } from '../page.ts'
import { hasPasskeys } from '../passkey/passkey.ts'
import {
  applyTheme,
  keepLanguage,
  type Language,
  languages,
  readLanguage,
  readTheme,
} from '../text/language.ts'
import { element } from './element.ts'
import { createForm, type Form } from './form.ts'
import { enterWithLink, mailButton } from './mail.ts'
import { newPasswordForm, passwordHint } from './new-password.ts'
import { continueWithPasskey, offerPasskeys, signInWithPasskey } from './passkeys.ts'
import { failureOf, providerButtons, readReturn } from './providers.ts'
import { type Answer, send } from './send.ts'
import './sign-in.css'
import { destination, query, requestingApplication } from './destination.ts'
import { type Texts, textsIn } from './texts.ts'

/** As on the pages behind the links of mails. */
const siteName = page.name ?? location.host
const place = document.querySelector('#sign-in')!
/** The result of a sign-in at another provider. */
const returned = readReturn()
/** An application requires a second factor: a trusted browser is not enough. */
const asked = query.get('second_factor') === 'true' ? { ask_second_factor: true } : {}
const application = await requestingApplication()
const isSignUp = page.signup && location.pathname === `${page.base}/sign-up`

async function render(language: Language): Promise<void> {
  const t = await textsIn(language)
  if (returned?.kind === 'second_step') {
    askSecondStep(t, language, returned, returned.isShared)
    return
  }
  const form = isSignUp ? signUpForm(t, language) : signInForm(t, language)
  const title = application === null ? t.sign_in : t.sign_in_to.replace('{name}', () => application)
  show(t, language, isSignUp ? t.sign_up : title, render, [
    form.element,
    ...(page.emailLink && !isSignUp ? [byMail(t, language, form)] : []),
    ...(returned === null ? [providerButtons(t, form.element, isSignUp)] : []),
    ...footer(t),
  ])
}

function askSecondStep(t: Texts, language: Language, step: Step, isShared: boolean): void {
  const form = secondStep(t, language, step, isShared)
  const again = element('a', { href: `${location.pathname}${location.search}` }, [t.start_again])
  const redraw = async (chosen: Language) => askSecondStep(await textsIn(chosen), chosen, step, isShared)
  show(t, language, t.second_step, redraw, [form.element, element('p', { class: 'foot' }, [again])])
  form.focus()
}

/** @param redraw renders the page again in another language */
function show(
  t: Texts,
  language: Language,
  title: string,
  redraw: (language: Language) => Promise<void>,
  content: readonly Element[],
): void {
  document.documentElement.lang = language
  document.title = `${title} · ${siteName}`
  place.replaceChildren(
    element('div', { class: 'card' }, [
      element('div', { class: 'brand' }, brand()),
      element('h1', {}, [title]),
      ...content,
    ]),
    languageChoice(t, language, redraw),
    ...legalLinks(t),
  )
}

function legalLinks(t: Texts): Element[] {
  const links = [
    { url: page.termsUrl, text: t.terms },
    { url: page.privacyUrl, text: t.privacy },
  ].flatMap(({ url, text }) => (url === null ? [] : [element('a', { href: url }, [text])]))
  return links.length === 0 ? [] : [element('p', { class: 'legal' }, links)]
}

function byMail(t: Texts, language: Language, form: Form): Element {
  return mailButton(t, form, () => isSharedIn(form), proceed(t, language))
}

function isSharedIn(form: Form): boolean {
  return Boolean(form.element.querySelector<HTMLInputElement>('[name=shared_computer]')?.checked)
}

/** Continues after the first step, with the second one if the account has a factor. */
function proceed(t: Texts, language: Language) {
  return (answer: Answer, form: Form, isShared: boolean): void => {
    if (answer.ok) return void enter(t, answer.body, form)
    if (answer.body.code !== 'second_factor_required') return void form.fail(answer, language)
    askSecondStep(t, language, answer.body, isShared)
  }
}

function brand(): (Element | string)[] {
  if (page.logo !== null)
    return [element('img', { src: `${page.base}${page.logo}`, alt: '', height: '28' }), siteName]
  const initial = [...siteName][0]?.toUpperCase() ?? ''
  return [element('span', { class: 'initial', 'aria-hidden': 'true' }, [initial]), siteName]
}

function footer(t: Texts): Element[] {
  if (!page.signup) return []
  const [question, label, path] = isSignUp
    ? [t.have_account, t.sign_in, '/sign-in']
    : [t.new_here, t.sign_up, '/sign-up']
  const link = element('a', { href: `${page.base}${path}${location.search}` }, [label])
  return [element('p', { class: 'foot' }, [question, ' ', link])]
}

function languageChoice(t: Texts, current: Language, redraw: (language: Language) => Promise<void>): Element {
  const options = Object.entries(languages).map(([language, name]) =>
    element('option', { value: language, lang: language, ...(language === current && { selected: '' }) }, [
      name,
    ]),
  )
  const choice = element('select', { class: 'input', 'aria-label': t.language }, options)
  choice.addEventListener('change', async () => {
    keepLanguage(choice.value as Language)
    await redraw(choice.value as Language)
    // The page was replaced, and with it this choice.
    document.querySelector<HTMLElement>('.languages select')?.focus()
  })
  return element('div', { class: 'languages' }, [choice])
}

function signInForm(t: Texts, language: Language): Form {
  const isShared = () => isSharedIn(form)
  const finish = (answer: Answer) => {
    if (answer.ok) return void enter(t, answer.body, form)
    const code = answer.body.code === 'invalid_credentials' ? 'no_passkey' : answer.body.code
    form.fail({ ...answer, body: { ...answer.body, code } }, language)
  }
  const form: Form = createForm(t, {
    fields: [
      {
        name: 'username',
        label: t.identifier,
        autocomplete: 'username webauthn',
        value: query.get('login_hint') ?? '',
      },
      {
        name: 'password',
        label: t.password,
        autocomplete: 'current-password',
        link: { text: t.forgot, href: `${page.base}/account/forgot?lang=${language}` },
      },
    ],
    check: { name: 'shared_computer', label: t.shared_computer },
    button: t.sign_in,
    other: hasPasskeys
      ? { button: t.with_passkey, act: async () => finish(await signInWithPasskey(isShared)) }
      : undefined,
    async submit(values) {
      const answer = await send('POST', '/auth/session', { ...values, ...asked })
      proceed(t, language)(answer, form, isShared())
    },
  })
  void offerPasskeys(isShared, finish)
  if (returned?.kind === 'mail') void enterWithLink(returned.token, form, proceed(t, language))
  const failure = failureOf(t)
  if (failure !== null) form.say(failure, 'bad')
  if (returned?.kind === 'waiting')
    form.say(
      t.waiting.replace('{account}', returned.account).replace('{provider}', returned.provider),
      'warn',
    )
  if (query.has('signed_out')) form.say(t.signed_out, 'good')
  if (query.has('expired')) form.say(t.expired, 'warn')
  return form
}

type Opened = { permissions?: readonly string[]; must_change_password?: boolean }

/** Links the waiting account at another provider, and continues. */
async function enter(t: Texts, session: Opened, form: Form): Promise<void> {
  if (session.must_change_password) {
    const next = newPasswordForm(t, form.value('password'), () => {
      location.replace(destination(session))
    })
    form.element.replaceWith(next.element)
    next.focus()
    return
  }
  if (returned?.kind === 'waiting') {
    const linked = await send('POST', '/users/me/identities', { token: returned.token })
    // The session is open in any case.
    if (!linked.ok) {
      form.finish(t.not_linked.replace('{provider}', returned.provider))
      return
    }
  }
  location.replace(destination(session))
}

type Step = { challenge: string; methods: readonly string[]; trusted_browser_days?: number }

/** The code of an authenticator app, one of the recovery codes, a passkey, or a mailed code. */
function secondStep(t: Texts, language: Language, step: Step, isShared: boolean): Form {
  const { challenge, methods, trusted_browser_days: days = 0 } = step
  const choices = () => ({
    shared_computer: isShared,
    trust_browser: Boolean(form.element.querySelector<HTMLInputElement>('[type=checkbox]')?.checked),
  })
  const finish = (answer: Answer) => {
    if (answer.ok) void enter(t, answer.body, form)
    else form.fail(answer, language)
  }
  const isMailed = methods.includes('email_code')
  const hint = isMailed ? t.second_mail_hint : methods.includes('totp') ? t.code_hint : t.recovery_hint
  const form: Form = createForm(t, {
    fields: [{ name: 'code', label: t.code, autocomplete: 'one-time-code', hint }],
    ...(days > 0 &&
      !isShared && {
        check: { name: 'trust_browser', label: t.trust_browser.replace('{days}', String(days)) },
      }),
    button: t.sign_in,
    other:
      hasPasskeys && methods.includes('passkey')
        ? { button: t.use_passkey, act: async () => finish(await continueWithPasskey(challenge, choices())) }
        : undefined,
    async submit({ code }) {
      const text = String(code).replaceAll(' ', '')
      const isCode = isMailed || /^\d{6}$/.test(text)
      const proof = isMailed ? { email_code: text } : isCode ? { totp: text } : { recovery_code: text }
      const answer = await send('POST', '/auth/session/continue', { challenge, ...proof, ...choices() })
      if (answer.body.code === 'invalid_code' && (isMailed || !isCode))
        answer.body.code = isMailed ? 'wrong_mail_code' : 'wrong_recovery_code'
      finish(answer)
    },
  })
  return form
}

function signUpForm(t: Texts, language: Language): Form {
  const form: Form = createForm(t, {
    fields: [
      { name: 'username', label: t.username, autocomplete: 'username' },
      {
        ...{ name: 'email', label: t.email, autocomplete: 'email', type: 'email' },
        ...(page.emailOptional && { isOptional: true, hint: t.email_hint }),
      },
      { name: 'password', label: t.password, autocomplete: 'new-password', hint: passwordHint(t) },
    ],
    button: t.sign_up,
    async submit({ username, email, password }) {
      const created = await send('POST', '/users', {
        username,
        email: email || null,
        locale: language,
        password,
      })
      if (!created.ok) return form.fail(created, language)
      const session = await send('POST', '/auth/session', { username, password, shared_computer: false })
      if (session.ok) location.replace(destination(session.body))
      else form.finish(t.signed_up)
    },
  })
  return form
}

// A mailed link that is opened in the tab of this page changes only the fragment.
addEventListener('hashchange', () => location.reload())
applyTheme(readTheme())
void render(readLanguage(query.get('lang')))
