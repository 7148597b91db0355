/** The pages behind the links of mails. Opening one changes nothing: the button does, through the API. */
import { escapeHtml } from '../html.ts'
import type { AnyReply, App } from '../http/app.ts'
import { type Look, layOut, lookOf } from '../page-layout.ts'
import { ownFile } from '../runtime/own-files.ts'

type Page = {
  path: string
  title: string
  text: string
  action: string
  done: string
  button: string
  fields: readonly Field[]
  /** What to do when the link is no longer good; a page without it needs no link. */
  used?: string
  /** What to say when the page was opened without a link. */
  missing?: string
  /** The page that sends a new link. */
  again?: string
  /** What the page asks about the account, and how its reader refuses the account. */
  signUp?: { read: string; discard: string; button: string; done: string }
  /** Whether a link to the application, or to the sign-in page, follows when it is done. */
  leadsOn?: true
}
type Field = {
  name: string
  label: string
  type: 'text' | 'email' | 'password'
  autocomplete: string
  /** Whether the form may be sent without it; it is then left out. */
  optional?: true
}

const email: Field = { name: 'email', label: 'E-mail address', type: 'email', autocomplete: 'email' }
const currentPassword: Field = {
  name: 'password',
  label: 'Password',
  type: 'password',
  autocomplete: 'current-password',
}
const newPassword: Field = {
  name: 'password',
  label: 'New password',
  type: 'password',
  autocomplete: 'new-password',
}

const incomplete = 'This link is not complete. Open it again from the mail.'
const askAgain = 'This link has expired or was used already. Ask for a new one.'

const pages: readonly Page[] = [
  {
    path: '/account/verify',
    leadsOn: true,
    title: 'Confirm your e-mail address',
    text: 'Confirm that this address is yours. Give the password of the account. If you do not know it, choose a new one: the former password, sessions and API keys end.',
    action: '/auth/verify-email',
    signUp: {
      read: '/auth/verify-email/sign-up',
      discard: '/auth/verify-email/discard',
      button: 'This was not me',
      done: 'Thank you. The account is removed.',
    },
    button: 'Confirm',
    done: 'Thank you. Your address is confirmed.',
    used: askAgain,
    again: '/account/verify-again',
    fields: [
      { ...currentPassword, optional: true },
      { ...newPassword, name: 'new_password', label: 'Or a new password', optional: true },
    ],
  },
  {
    path: '/account/reset',
    leadsOn: true,
    title: 'Set a new password',
    text: 'You will be signed out everywhere else.',
    action: '/auth/reset-password',
    button: 'Set password',
    done: 'Your new password is set. You can sign in with it.',
    used: askAgain,
    again: '/account/forgot',
    fields: [newPassword],
  },
  {
    path: '/account/invitation',
    leadsOn: true,
    title: 'Welcome',
    text: 'An account was made for you. Choose a password to use it.',
    action: '/auth/reset-password',
    button: 'Set password',
    done: 'Your password is set. You can sign in with it.',
    used: askAgain,
    again: '/account/forgot',
    fields: [{ ...newPassword, label: 'Password' }],
  },
  {
    path: '/account/confirm-email',
    leadsOn: true,
    title: 'Confirm your new e-mail address',
    text: 'From then on you sign in and get mail with this address. Give the password of the account. You can leave it out where you are signed in. If you did not ask for this change, close this page.',
    action: '/auth/confirm-email',
    button: 'Confirm',
    done: 'Your new address is confirmed. Sign in again where you were signed in.',
    used: 'This link has expired or was used already. Change your address once more to get a new one.',
    fields: [{ ...currentPassword, optional: true }],
  },
  {
    path: '/account/forgot',
    title: 'Forgot your password?',
    text: 'Give the address of your account, and you get a link to set a new password.',
    action: '/auth/forgot-password',
    button: 'Send the link',
    done: 'If an account has this address, a mail is on its way.',
    fields: [email],
  },
  {
    path: '/account/verify-again',
    title: 'Confirm your e-mail address',
    text: 'Give the address of your account, and you get a new link to confirm it.',
    action: '/auth/verify-email/resend',
    button: 'Send the link',
    done: 'If an account has this address and it is not confirmed yet, a mail is on its way.',
    fields: [email],
  },
  {
    path: '/console/setup',
    title: 'Make the first administrator',
    text: 'The link that brought you here works once.',
    action: '/auth/setup',
    button: 'Create administrator',
    done: 'Administrator created.',
    leadsOn: true,
    used: 'This link has expired or was used already. Start the service again for a new one.',
    missing: 'Open the link that the service printed when it started. Starting it again prints a new one.',
    fields: [
      { name: 'username', label: 'Username', type: 'text', autocomplete: 'username' },
      email,
      { ...newPassword, label: 'Password' },
    ],
  },
]

const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ')

type Installation = { publicUrl: string; appName: string | null; appUrl: string | null }

/** Registers the pages, their script and their style. */
export const linkPages = (installation: Installation) => (app: App) => {
  const look = lookOf(installation)
  for (const page of pages) {
    const html = htmlOf(page, look, installation.appUrl)
    app.get(
      page.path,
      { config: { access: 'public', hidden: true, produces: ['text/html'] } },
      async (_request, reply) => {
        reply.header('content-security-policy', contentSecurityPolicy)
        return send(reply, 'text/html; charset=utf-8', html)
      },
    )
  }
  for (const [file, type] of [
    ['pages.css', 'text/css'],
    ['page-script.js', 'text/javascript'],
  ] as const) {
    const content = ownFile(`server/src/pages/${file}`).toString('utf8')
    app.get(
      `/pages/${file}`,
      { config: { access: 'public', hidden: true, produces: [type] } },
      async (_request, reply) => send(reply, `${type}; charset=utf-8`, content),
    )
  }
}

function send(reply: AnyReply, type: string, content: string): never {
  reply.header('content-type', type)
  return reply.send(content) as never
}

function htmlOf(page: Page, look: Look, appUrl: string | null): string {
  const { title, text, action, button, done, used, missing, again, leadsOn, fields, signUp } = page
  const base = escapeHtml(look.base)
  return layOut(look, {
    language: 'en',
    title,
    description: `${title} at ${look.site}.`,
    content: `<form data-base="${base}" data-action="${action}" data-done="${done}"${used === undefined ? '' : ` data-used="${used}" data-missing="${missing ?? incomplete}"`} novalidate>
<p>${text}</p>
${signUp ? `<p id="sign-up" data-read="${signUp.read}" hidden></p>\n` : ''}<noscript><p>This page needs JavaScript, which your browser does not run.</p></noscript>
${fields.map(fieldOf).join('\n')}
<p role="alert" id="problem"></p>
<button id="send">${button}</button>
${signUp ? `<button id="discard" type="button" class="secondary" data-action="${signUp.discard}" data-done="${signUp.done}" hidden>${signUp.button}</button>\n` : ''}</form>
<p role="status" id="done" tabindex="-1" hidden></p>
${leadsOn ? `<p id="next" hidden>${nextLink(appUrl, look)}</p>\n` : ''}${again === undefined ? '' : `<p id="more"><a href="${base}${again}">Ask for a new link</a></p>\n`}<script src="${base}/pages/page-script.js"></script>`,
  })
}

function nextLink(appUrl: string | null, { site, base }: Look): string {
  return appUrl === null
    ? `<a href="${escapeHtml(base)}/sign-in">Sign in</a>`
    : `<a href="${escapeHtml(appUrl)}">Continue to ${escapeHtml(site)}</a>`
}

function fieldOf({ name, label, type, autocomplete, optional }: Field): string {
  return `<label for="${name}">${label}</label>
<input id="${name}" name="${name}" type="${type}" autocomplete="${autocomplete}" aria-describedby="${name}-problem"${optional ? '' : ' required'}>
<p class="problem" id="${name}-problem"></p>`
}
