/** The consent page: the user allows or refuses the request of an application. */
import { escapeHtml } from '../../../html/escape.ts'
import type { Language } from '../../../html/language.ts'
import type { OwnPage } from '../../../html/page-layout.ts'
import { page } from './page.ts'
import { scopeText, textIn } from './texts.ts'

export function consentPage(
  language: Language,
  application: string,
  scopes: readonly string[],
  action: string,
): OwnPage {
  const name = escapeHtml(application)
  const list = scopes.map((scope) => `<li>${escapeHtml(scopeText(language, scope))}</li>`).join('\n')
  return page(
    language,
    textIn(language, 'asks', application),
    `<p>${textIn(language, 'wants', name)}</p>
<ul>
${list}
</ul>
<form method="post" action="${escapeHtml(action)}">
<button name="decision" value="allow">${textIn(language, 'allow')}</button>
<button class="secondary" name="decision" value="deny">${textIn(language, 'deny')}</button>
</form>`,
  )
}
