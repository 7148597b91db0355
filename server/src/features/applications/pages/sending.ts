/** A page with a form that sends itself; without script the user sends it by its button. */
import { escapeHtml } from '../../../html/escape.ts'
import type { Language } from '../../../html/language.ts'
import type { OwnPage } from '../../../html/page-layout.ts'
import { page } from './page.ts'
import { textIn } from './texts.ts'

/** The values are already escaped HTML. */
export type Sending = { action: string; fields: readonly (readonly [name: string, value: string])[] }

/** @param content HTML between the fields and the end */
export function sendingForm({ action, fields }: Sending, id: string, content = ''): string {
  const inputs = fields.map(([name, value]) => `<input type="hidden" name="${name}" value="${value}">`)
  return `<form id="${id}" method="post" action="${action}">
${inputs.join('\n')}
${content}</form>`
}

/** @param base the path of the public URL; `application` is null when the form leads to us */
export function sendingPage(
  language: Language,
  base: string,
  form: Sending,
  application: string | null,
): OwnPage {
  const title = application === null ? textIn(language, 'moment') : textIn(language, 'back_to', application)
  return page(
    language,
    title,
    `<p>${textIn(language, 'sends_itself')}</p>
${sendingForm(form, 'send-form', `<button>${textIn(language, 'continue')}</button>\n`)}
<script src="${escapeHtml(base)}/pages/send-form.js"></script>`,
  )
}
