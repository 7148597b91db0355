/** The page that asks a user whether an application may have what it asks for. */
import { escapeHtml } from '../../html.ts'
import { page } from './logout-pages.ts'

const sentences: Readonly<Record<string, string>> = {
  openid: 'Know who you are',
  profile: 'See your name and username',
  email: 'See your e-mail address',
  roles: 'See your roles',
  groups: 'See your groups',
  offline_access: 'Keep access while you are away',
}

export function consentPage(application: string, scopes: readonly string[], action: string): string {
  const name = escapeHtml(application)
  const list = scopes.map((scope) => `<li>${escapeHtml(sentences[scope] ?? scope)}</li>`).join('\n')
  return page(
    `${name} asks for access`,
    `<p>${name} wants to:</p>
<ul>
${list}
</ul>
<form method="post" action="${escapeHtml(action)}">
<button name="decision" value="allow">Allow</button>
<button class="secondary" name="decision" value="deny">Deny</button>
</form>`,
  )
}
