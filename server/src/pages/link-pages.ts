/** The pages behind mailed links. Opening one changes nothing; its button sends a request to the API. */

import { Type } from 'typebox'
import { escapeHtml } from '../html/escape.ts'
import { type Language, languageNames, languageOf, languages } from '../html/language.ts'
import { type Look, type LookSettings, layOut, lookOf } from '../html/page-layout.ts'
import { pagePolicy } from '../html/page-policy.ts'
import { sendBody } from '../http/answers.ts'
import type { AnyReply, App } from '../http/types.ts'
import { ownFile } from '../runtime/own-files.ts'
import { filled, type Texts, textsIn } from '../texts/texts.ts'

type LinkTexts = Texts['links']
type PageName = keyof LinkTexts['pages']
type FieldName = keyof LinkTexts['fields']

type PageTexts = {
  title: string
  text: string
  button: string
  done: string
  /** The title of the page after success. */
  doneTitle: string
  /** The remedy for an invalid link; only for pages that need a link. */
  used?: string
  /** The text when such a page was opened without a link. */
  missing?: string
}

type Page = {
  name: PageName
  path: string
  action: string
  fields: readonly Field[]
  /** The page that sends a new link. */
  again?: string
  /** The requests with which the page reads and discards the account. */
  signUp?: { read: string; discard: string }
  /** Whether the page shows a link to the application or the sign-in page at the end. */
  leadsOn?: true
  /** The target after success, signed in with the username and the password of the form. */
  signsInTo?: string
  /** Whether the page has no form once there is an administrator. */
  untilSetUp?: true
}
type Field = {
  name: string
  label: FieldName
  type: 'text' | 'email' | 'password'
  autocomplete: string
  /** Whether the field may be empty; it is then left out. */
  optional?: true
}

const email: Field = { name: 'email', label: 'email', type: 'email', autocomplete: 'email' }
const currentPassword: Field = {
  name: 'password',
  label: 'password',
  type: 'password',
  autocomplete: 'current-password',
}
const newPassword: Field = {
  name: 'password',
  label: 'new_password',
  type: 'password',
  autocomplete: 'new-password',
}

const pages: readonly Page[] = [
  {
    name: 'verify',
    path: '/account/verify',
    action: '/auth/verify-email',
    signUp: { read: '/auth/verify-email/sign-up', discard: '/auth/verify-email/discard' },
    again: '/account/verify-again',
    leadsOn: true,
    fields: [
      { ...currentPassword, optional: true },
      { ...newPassword, name: 'new_password', label: 'or_new_password', optional: true },
    ],
  },
  {
    name: 'reset',
    path: '/account/reset',
    action: '/auth/reset-password',
    again: '/account/forgot',
    leadsOn: true,
    fields: [newPassword],
  },
  {
    name: 'invitation',
    path: '/account/invitation',
    action: '/auth/reset-password',
    again: '/account/forgot',
    leadsOn: true,
    fields: [{ ...newPassword, label: 'chosen_password' }],
  },
  {
    name: 'confirm-email',
    path: '/account/confirm-email',
    action: '/auth/confirm-email',
    leadsOn: true,
    fields: [{ ...currentPassword, optional: true }],
  },
  { name: 'forgot', path: '/account/forgot', action: '/auth/forgot-password', fields: [email] },
  {
    name: 'verify-again',
    path: '/account/verify-again',
    action: '/auth/verify-email/resend',
    fields: [email],
  },
  {
    name: 'setup',
    path: '/console/setup',
    action: '/auth/setup',
    leadsOn: true,
    signsInTo: '/console',
    untilSetUp: true,
    fields: [
      { name: 'username', label: 'username', type: 'text', autocomplete: 'username' },
      email,
      { ...newPassword, label: 'chosen_password' },
    ],
  },
]

const contentSecurityPolicy = pagePolicy()

type Installation = LookSettings & { appUrl: string | null; passwordMinLength: number }
/** Whether there is an administrator. */
type IsSetUp = () => Promise<boolean>

/** Registers the pages, their script and their style. */
export const linkPages = (installation: Installation, isSetUp: IsSetUp) => (app: App) => {
  const look = lookOf(installation)
  const over = inEach((language) => setUpHtml(look, language))
  for (const page of pages) {
    const html = inEach((language) => htmlOf(page, look, installation, language))
    app.get(
      page.path,
      {
        config: { access: 'public', hidden: true, produces: ['text/html'] },
        // Mail trackers add their own parameters.
        schema: { querystring: Type.Object({}, { additionalProperties: true }) },
      },
      async (request, reply) => {
        reply.header('content-security-policy', contentSecurityPolicy)
        reply.header('vary', 'Accept-Language, Origin')
        const language = languageOf(languageIn(request.url), request.headers['accept-language'])
        const isOver = page.untilSetUp && (await isSetUp())
        return send(reply, 'text/html; charset=utf-8', isOver ? over(language) : html(language))
      },
    )
  }
  for (const [file, type] of [
    ['pages.css', 'text/css'],
    ['page-script.js', 'text/javascript'],
    ['send-form.js', 'text/javascript'],
  ] as const) {
    const content = ownFile(`server/src/pages/${file}`).toString('utf8')
    app.get(
      `/pages/${file}`,
      { config: { access: 'public', hidden: true, unlimited: true, produces: [type] } },
      async (_request, reply) => send(reply, `${type}; charset=utf-8`, content),
    )
  }
}

/** Makes each text at its first use. */
function inEach(make: (language: Language) => string): (language: Language) => string {
  const made = new Map<Language, string>()
  return (language) => {
    const text = made.get(language) ?? make(language)
    made.set(language, text)
    return text
  }
}

function languageIn(url: string): string | null {
  return new URLSearchParams(url.split('?')[1]).get('lang')
}

function send(reply: AnyReply, type: string, content: string): never {
  reply.header('content-type', type)
  return sendBody(reply, content)
}

function htmlOf(
  page: Page,
  look: Look,
  { appUrl, passwordMinLength }: Installation,
  language: Language,
): string {
  const { action, again, leadsOn, fields, signUp, signsInTo } = page
  const said = textsIn(language).links
  const { title, text, button, done, doneTitle, used, missing }: PageTexts = said.pages[page.name]
  const base = escapeHtml(look.base)
  const data = (name: string, value: string | undefined) =>
    value === undefined ? '' : ` data-${name}="${escapeHtml(value)}"`
  const script = data('texts', JSON.stringify(scriptTexts(language)))
  return layOut(look, {
    language,
    title,
    description: filled(said.description, { title, site: look.site }),
    content: `<form data-base="${base}" data-action="${action}"${data('title', title)}${data('sign-in', signsInTo)}${data('done', done)}${data('done-title', doneTitle)}${data('used', used)}${data('missing', missing)}${script} novalidate>
<p>${text}</p>
${signUp ? `<p id="sign-up" data-read="${signUp.read}" hidden></p>\n` : ''}<noscript><p>${said.noScript}</p></noscript>
${fields.map((field) => fieldOf(field, said, passwordMinLength)).join('\n')}
<p role="alert" id="problem"></p>
<button id="send">${button}</button>
${signUp ? `<button id="discard" type="button" class="secondary" data-action="${signUp.discard}"${data('done', said.discard.done)}${data('done-title', said.discard.doneTitle)} hidden>${said.discard.button}</button>\n` : ''}</form>
<p role="alert" id="dead"></p>
<p role="status" id="done" tabindex="-1" hidden></p>
${leadsOn ? `<p id="next" hidden>${nextLink(appUrl, look, language)}</p>\n` : ''}${again === undefined ? '' : `<p id="more"><a href="${base}${again}?lang=${language}">${said.again}</a></p>\n`}<script src="${base}/pages/page-script.js" defer></script>`,
    below: languageChoice(language),
  })
}

/** The set-up page when there is an administrator. */
function setUpHtml(look: Look, language: Language): string {
  const { setUp, signIn, description } = textsIn(language).links
  return layOut(look, {
    language,
    title: setUp.title,
    description: filled(description, { title: setUp.title, site: look.site }),
    content: `<p>${setUp.text}</p>
<p class="after"><a href="${escapeHtml(look.base)}/sign-in">${signIn} →</a></p>`,
  })
}

function nextLink(appUrl: string | null, { site, base }: Look, language: Language): string {
  const { signIn, continueTo } = textsIn(language).links
  return appUrl === null
    ? `<a href="${escapeHtml(base)}/sign-in?lang=${language}">${signIn}</a>`
    : `<a href="${escapeHtml(appUrl)}">${escapeHtml(filled(continueTo, { site }))}</a>`
}

/** In English the sentences of the API are shown, which are more exact. */
function scriptTexts(language: Language): LinkTexts['script'] | object {
  const { script } = textsIn(language).links
  return language === 'en' ? { ...script, problems: {} } : script
}

/** Links, so that they work without script. The script adds the token of the mailed link. */
function languageChoice(current: Language): string {
  const links = languages.map(
    (language) =>
      `<a href="?lang=${language}" lang="${language}"${language === current ? ' aria-current="true"' : ''}>${languageNames[language]}</a>`,
  )
  return `<nav class="languages" aria-label="${textsIn(current).links.language}">${links.join(' ')}</nav>\n`
}

function fieldOf({ name, label, type, autocomplete, optional }: Field, said: LinkTexts, minLength: number) {
  const hint = autocomplete === 'new-password' ? filled(said.passwordHint, { count: String(minLength) }) : ''
  const described = `aria-describedby="${name}-problem${type === 'password' ? ` ${name}-hint` : ''}"`
  const input = `<input id="${name}" name="${name}" type="${type}" autocomplete="${autocomplete}" ${described}${optional ? '' : ' required'}>`
  return `<label for="${name}">${said.fields[label]}</label>
${type === 'password' ? `<div class="with-button">${input}${eyeButton(said)}</div>` : input}
<p class="problem" id="${name}-problem"></p>${type === 'password' ? `\n<p class="hint" id="${name}-hint">${hint}</p>` : ''}`
}

/** Shows the password. Without script it would do nothing, so the script shows it. */
function eyeButton({ script }: LinkTexts): string {
  return `<button type="button" class="reveal" aria-label="${script.showPassword}" aria-pressed="false" hidden>\
<svg viewBox="0 0 24 24" width="18" height="18" fill="none" stroke="currentColor" stroke-width="2" aria-hidden="true">\
<path d="M2 12s3.6-7 10-7 10 7 10 7-3.6 7-10 7S2 12 2 12Z"/><circle cx="12" cy="12" r="3"/></svg></button>`
}
