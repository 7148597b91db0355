/** The reference of the API: one page without external resources, generated from the OpenAPI document. */
import { escapeHtml } from '../../html/escape.ts'
import { pagePolicy } from '../../html/page-policy.ts'
import type { OpenapiDocument } from './document.ts'
import { prose } from './fields.ts'
import { type Endpoint, operationSection } from './operation.ts'

export const contentSecurityPolicy = pagePolicy({ 'trusted-types': "'none'" })

/** Its links are relative, so that they work below any path of the public URL. */
export function referencePage(document: OpenapiDocument): string {
  const endpoints = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Endpoint => ({ method, path, operation })),
  )
  const groups = document.tags.map((tag) => ({
    ...tag,
    endpoints: endpoints.filter(({ operation }) => operation.tags?.includes(tag.name)),
  }))
  const navigation = groups.map(
    ({ name, endpoints: own }) =>
      `<li><a href="#group-${name}">${title(name)}</a> <span>${own.length}</span></li>`,
  )
  const sections = groups.map(
    ({ name, description, endpoints: own }) => `<section aria-labelledby="group-${name}">
<h2 id="group-${name}">${title(name)}</h2>
<p>${prose(description)}</p>
${own.map((endpoint) => operationSection(endpoint, document)).join('\n')}
</section>`,
  )
  const url = escapeHtml(document.servers[0]?.url ?? '')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="description" content="The reference of the Roster API.">
<title>${escapeHtml(document.info.title)} API</title>
<link rel="icon" href="favicon.svg">
<link rel="stylesheet" href="docs/reference.css">
<script src="docs/reference.js" defer></script>
</head>
<body>
<nav aria-label="Groups of operations">
<a class="home" href="#top">Roster API ${escapeHtml(document.info.version)}</a>
<label for="find">Find an operation</label>
<input id="find" type="search" placeholder="password, PATCH /users, …">
<p id="found" role="status"></p>
<ul>${navigation.join('\n')}</ul>
</nav>
<main id="top">
<h1>Roster API</h1>
<p>${prose(document.info.description)} The document for tools is <a href="openapi.json">/openapi.json</a>; every error
code is explained at <a href="problems">/problems</a>. The address of the service is <code>${url}</code>.</p>
<h2 id="authentication">Authentication</h2>
<p>Send <code>Authorization: Bearer TOKEN</code>. <code>TOKEN</code> is the <code>access_token</code> of
<a href="#login"><code>POST /auth/login</code></a>, for 10 minutes, or an <a href="#createApiKey">API key</a>. Pages of the same
origin use the cookie of <a href="#openSession"><code>POST /auth/session</code></a>. In paths, <code>me</code> stands for your own id.</p>
<p class="token"><label for="token">Access token or API key for <em>Try it</em></label>
<input id="token" type="password" autocomplete="off" spellcheck="false" placeholder="empty: the cookie of this browser"></p>
${sections.join('\n')}
</main>
</body>
</html>
`
}

const special: Readonly<Record<string, string>> = {
  auth: 'Sign-in',
  'api-keys': 'API keys',
  'openid-connect': 'OpenID Connect',
  'identity-providers': 'Identity providers',
  scim: 'SCIM connections',
  about: 'About the service',
  audit: 'Audit log',
  transfer: 'Import and export',
}

function title(name: string): string {
  return special[name] ?? `${name.charAt(0).toUpperCase()}${name.slice(1)}`
}
