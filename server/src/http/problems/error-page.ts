/** An error as a page, for requests of a browser. */

import { keysOf } from '../../encoding/keys.ts'
import type { AppError, ErrorCode } from '../../errors.ts'
import { escapeHtml } from '../../html/escape.ts'
import { type Language, languageOf } from '../../html/language.ts'
import { type Look, layOut } from '../../html/page-layout.ts'
import { problems } from '../../problems/problems.ts'
import { textsIn } from '../../texts/texts.ts'
import { prefers } from '../message/media-types.ts'
import type { AnyRequest } from '../types.ts'
import { problemJson } from './document.ts'

export const errorPagePolicy =
  "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** Whether a browser opens a page: the request prefers HTML. */
export function wantsPage({ method, headers }: Pick<AnyRequest, 'method' | 'headers'>): boolean {
  return method === 'GET' && prefers(headers.accept, 'text/html', problemJson)
}

export function errorPage(look: Look, error: AppError, request: AnyRequest): string {
  const language = languageOf(request.headers['accept-language'])
  const { start, id, titles } = textsIn(language).errors
  const english = problems[error.code].title
  const known: Partial<Record<ErrorCode, string>> = titles
  const title = known[error.code] ?? english
  const isMore = error.detail !== `${english}.`
  return layOut(look, {
    language,
    title,
    description: title,
    reloadSeconds: error.retryAfterSeconds,
    content: `${isMore ? detailIn(language, error.detail) : ''}<p class="after"><a class="button" href="${escapeHtml(look.base)}/">${start}</a></p>
<p class="after small">${id} <code>${escapeHtml(request.id)}</code></p>`,
  })
}

/** The API answers in English; the details that browsers meet are translated. */
function detailIn(language: Language, detail: string): string {
  const english = textsIn('en').errors.details
  const key = keysOf(english).find((each) => english[each] === detail)
  if (key !== undefined) return `<p>${escapeHtml(textsIn(language).errors.details[key])}</p>\n`
  return `<p${language === 'en' ? '' : ' lang="en"'}>${escapeHtml(detail)}</p>\n`
}
