/** An error as a page, for requests of a browser. */
import type { AppError } from '../../errors.ts'
import { escapeHtml } from '../../html/escape.ts'
import { languageOf } from '../../html/language.ts'
import { type Look, layOut } from '../../html/page-layout.ts'
import { problems } from '../../problems/problems.ts'
import { prefers } from '../message/media-types.ts'
import type { AnyRequest } from '../types.ts'
import { problemJson } from './document.ts'

export const errorPagePolicy =
  "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const texts = {
  en: { start: 'To the start', id: 'Request' },
  de: { start: 'Zur Startseite', id: 'Anfrage' },
} as const

/** Whether a browser opens a page: the request prefers HTML. */
export function wantsPage({ method, headers }: Pick<AnyRequest, 'method' | 'headers'>): boolean {
  return method === 'GET' && prefers(headers.accept, 'text/html', problemJson)
}

export function errorPage(look: Look, error: AppError, request: AnyRequest): string {
  const language = languageOf(request.headers['accept-language'])
  const { title } = problems[error.code]
  const { start, id } = texts[language]
  const isMore = error.detail !== `${title}.`
  return layOut(look, {
    language,
    title,
    description: title,
    reloadSeconds: error.retryAfterSeconds,
    content: `${isMore ? `<p>${escapeHtml(error.detail)}</p>\n` : ''}<p class="after"><a class="button" href="${escapeHtml(look.base)}/">${start}</a></p>
<p class="after small">${id} <code>${escapeHtml(request.id)}</code></p>`,
  })
}
