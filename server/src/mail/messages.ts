/**
 * The texts of mails. Each is a text file: a line `Subject: …`, an empty line, and paragraphs with `{{placeholders}}`.
 * The HTML is generated from the text, unless there is a file with the same name and the extension `.html`. English texts
 * are in the folder itself, those of other languages in a folder such as `de`.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError } from '../config.ts'
import { isOneOf } from '../encoding/one-of.ts'
import { thrown } from '../errors.ts'
import { escapeHtml } from '../html/escape.ts'
import { type Language, languages } from '../html/language.ts'
import { ownFileIfThere } from '../runtime/own-files.ts'
import { filled, textsIn } from '../texts/texts.ts'
import { type Duration, type Phrase, phraseIn, phraseOfOlder } from './phrases.ts'

export const messageNames = [
  'verify-email',
  'invitation',
  'reset-password',
  'sign-in',
  'second-step',
  'confirm-email',
  'email-change-requested',
  'email-changed',
  'username-changed',
  'password-changed',
  'password-disabled',
  'password-breached',
  'password-breached-refused',
  'new-device',
  'impersonated',
  'api-key-created',
  'application-permissions',
  'factors-changed',
  'identities-changed',
  'webhook-disabled',
] as const

export type MessageName = (typeof messageNames)[number]

const placeholders = [
  'username',
  'link',
  'validity',
  'code',
  'at',
  'device',
  'key',
  'change',
  'webhook',
  'application',
  'permissions',
  'reason',
] as const

/** Placeholders of phrases. An earlier version queued their values as English texts. */
const phrased = ['validity', 'change', 'reason', 'device'] as const
type Phrased = (typeof phrased)[number]

/** The values of placeholders; `{{site}}`, `{{support}}` and `{{accent}}` come from the installation. */
export type MessageData = Partial<
  Record<Exclude<(typeof placeholders)[number], Phrased>, string> &
    Record<Phrased, string | Phrase | Duration>
>
export type MessageText = { subject: string; text: string; html: string }
export type Messages = {
  /** In the language of the installation by default. */
  render(name: MessageName, data: MessageData, language?: Language): MessageText
}

type Template = { subject: string; text: string; html: string }

const known: ReadonlySet<string> = new Set([...placeholders, 'site', 'support', 'accent'])
const pattern = /\{\{(\w+)\}\}/g

type Installation = {
  /** The language of the mails. */
  language?: Language
  folder: string | null
  /** The name of the service, or its host. */
  site: string
  /** The contact for support; without it mails refer to the operator of the site. */
  support?: string | null
  /** The colour of buttons, `#rrggbb`. */
  accent?: string
}

/**
 * Reads all templates: those in the `folder` of the operator replace ours.
 * @throws ConfigError for a file that is not a template, or has an unknown placeholder
 */
export function loadMessages({
  language: usual = 'en',
  folder,
  site,
  support = null,
  accent = '#4a4fd4',
}: Installation): Messages {
  if (folder !== null) refuseStrangers(folder)
  const fileOf = (path: string): string | undefined => {
    const own = folder === null ? undefined : join(folder, path)
    const content = own !== undefined && existsSync(own) ? readFileSync(own) : undefined
    return content?.toString('utf8')
  }
  const ownFileOf = (path: string) => ownFileIfThere(`server/src/mail/templates/${path}`)?.toString('utf8')
  /** The files of the operator have priority, also those outside the folder of a language. */
  const reader =
    (language: Language) =>
    (file: string): string | undefined => {
      const places = language === 'en' ? [file] : [`${language}/${file}`, file]
      const content = [fileOf, ownFileOf]
        .flatMap((from) => places.map(from))
        .find((each) => each !== undefined)
      return content?.replaceAll('\r\n', '\n').trim()
    }
  const layout = checked('layout.html', reader('en')('layout.html') ?? '{{content}}', ['subject', 'content'])
  const loaded = new Map<Language, ReadonlyMap<MessageName, Template>>()
  const templatesIn = (language: Language): ReadonlyMap<MessageName, Template> => {
    const known = loaded.get(language)
    if (known) return known
    const read = reader(language)
    const templates = new Map(messageNames.map((name) => [name, templateOf(name, read)]))
    loaded.set(language, templates)
    return templates
  }
  templatesIn(usual)
  // Faults in the files of the operator are reported at the start. Without such files, other languages are read at their
  // first use.
  if (folder !== null) for (const language of languages) templatesIn(language)
  return {
    render(name, data, language = usual) {
      const template = templatesIn(language).get(name)!
      const operator = filled(textsIn(language).phrases.operator, { site })
      const values = shownValues({
        ...said(name, data, language),
        site,
        support: support ?? operator,
        accent,
      })
      const subject = fill(template.subject, values)
      const content = fill(template.html, values, escapeHtml)
      const page = fill(layout, { ...values, subject }, escapeHtml, { content })
      return {
        subject,
        text: `${fill(template.text, values)}\n`,
        html: page.replace('<html lang="en"', `<html lang="${language}"`),
      }
    },
  }
}

/** The values in the language of the mail. */
function said(template: MessageName, data: MessageData, language: Language): Record<string, string> {
  const inLanguage = ([name, value]: [string, string | Phrase | Duration]) => {
    const known =
      typeof value === 'string' && isOneOf(phrased, name) && template !== 'username-changed'
        ? phraseOfOlder(value)
        : value
    return [name, typeof known === 'string' ? known : phraseIn(language, known)]
  }
  return Object.fromEntries(Object.entries(data).map(inLanguage))
}

function refuseStrangers(folder: string): void {
  const names = new Set(['layout.html', ...messageNames.flatMap((name) => [`${name}.txt`, `${name}.html`])])
  for (const place of [folder, ...languages.map((language) => join(folder, language)).filter(existsSync)]) {
    const stranger = filesOf(place).find((file) => /\.(txt|html)$/.test(file) && !names.has(file))
    if (stranger !== undefined)
      throw new ConfigError(
        `ROSTER_MAIL_TEMPLATES has ${stranger}, which is none of ${[...names].join(', ')}`,
      )
  }
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    const { code } = thrown(error)
    throw new ConfigError(`ROSTER_MAIL_TEMPLATES names a folder that cannot be read (${code})`)
  }
}

function templateOf(name: MessageName, read: (file: string) => string | undefined): Template {
  const [head = '', ...rest] = (read(`${name}.txt`) ?? '').split('\n')
  const subject = /^Subject: *(.+)$/.exec(head)?.[1]
  if (subject === undefined)
    throw new ConfigError(`ROSTER_MAIL_TEMPLATES: ${name}.txt must begin with a line "Subject: …"`)
  const text = rest.join('\n').trim()
  const html = read(`${name}.html`) ?? htmlOf(text)
  return {
    subject: checked(`${name}.txt`, subject),
    text: checked(`${name}.txt`, text),
    html: checked(`${name}.html`, html),
  }
}

function checked(file: string, template: string, more: readonly string[] = []): string {
  for (const [, name = ''] of template.matchAll(pattern)) {
    if (!known.has(name) && !more.includes(name))
      throw new ConfigError(`ROSTER_MAIL_TEMPLATES: ${file} has the unknown placeholder {{${name}}}`)
  }
  return template
}

const button =
  'display:inline-block;padding:10px 18px;border-radius:6px;background:{{accent}};color:#fff;text-decoration:none'

/** Converts paragraphs to HTML; a line that ends with a colon, followed by `{{link}}`, becomes a button. */
function htmlOf(text: string): string {
  return text
    .split(/\n{2,}/)
    .map((paragraph) => {
      const label = /^(.+):\n\{\{link\}\}$/.exec(paragraph)?.[1]
      if (label === undefined) return `<p>${escapeHtml(paragraph)}</p>`
      return `<p><a href="{{link}}" style="${button}">${escapeHtml(label)}</a></p>\n<p style="font-size:13px;word-break:break-all">{{link}}</p>`
    })
    .join('\n')
}

function fill(
  template: string,
  values: Record<string, string>,
  encode: (text: string) => string = (text) => text,
  raw: Record<string, string> = {},
): string {
  return template.replace(pattern, (_, name: string) => raw[name] ?? encode(values[name] ?? ''))
}

/** The values for display: one line each, and names that mail programs do not turn into links. */
function shownValues(data: Record<string, string>): Record<string, string> {
  const values: Record<string, string> = {}
  const chosen = ['username', 'device', 'key', 'webhook', 'application']
  for (const [name, value] of Object.entries(data)) {
    const line = value.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    values[name] = chosen.includes(name) ? plainName(line) : line
  }
  return values
}

/** Any ending of two or more letters may become a top-level domain. */
const linkLike = /:\/\/|@|[\p{L}\p{N}]\.\p{L}{2,}/u

/**
 * At most 64 characters. A name such as `evil.example.com` gets invisible word joiners, so that it is not turned into a
 * link. The sign-in form ignores them.
 */
function plainName(name: string): string {
  const short = [...name].slice(0, 64).join('')
  return linkLike.test(short) ? short.replace(/[.:/@]/g, '$&\u2060') : short
}
