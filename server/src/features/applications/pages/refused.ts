/** The page for a user whose application sent an invalid request. */
import { escapeHtml } from '../../../html/escape.ts'
import type { Language } from '../../../html/language.ts'
import type { OwnPage } from '../../../html/page-layout.ts'
import { page } from './page.ts'
import { textIn } from './texts.ts'

type Received = {
  /** As the application sent it; it may be anything. */
  redirectUri: string | null
  requestId: string | null
}

/** @param fault the OAuth 2.0 error code (RFC 6749 §4.1.2.1), for the owner of the application */
export function refusedPage(
  language: Language,
  { error, error_description: why }: { error: string; error_description?: string | undefined },
  { redirectUri, requestId }: Received = { redirectUri: null, requestId: null },
): OwnPage {
  const small = (text: string) => `\n<p class="after small">${escapeHtml(text)}</p>`
  const isUnregistered = error === 'invalid_redirect_uri' && redirectUri !== null
  const received = isUnregistered
    ? small(textIn(language, 'refused_redirect', redirectUri.slice(0, 2000))) +
      small(textIn(language, 'refused_register'))
    : ''
  return page(
    language,
    textIn(language, 'refused'),
    `<p>${textIn(language, 'refused_text')}</p>
<p class="after small"><code>${escapeHtml(error)}</code>${why ? ` ${escapeHtml(why)}` : ''}</p>${received}${requestId === null ? '' : small(textIn(language, 'request', requestId))}`,
  )
}
