/** The layout of the pages that the server renders: head, name of the service, one `<main>`. */

import { publicPath } from '../public-path.ts'
import { escapeHtml } from './escape.ts'
import type { Language } from './language.ts'

export type Look = {
  /** The name of the service. */
  site: string
  /** The path of the public URL without a trailing slash: empty, or such as `/auth`. */
  base: string
}

/** Texts are plain; `content` is HTML. */
export type OwnPage = {
  language: Language
  title: string
  description: string
  content: string
  /** Whether the content is a long text instead of a form. */
  isArticle?: boolean
  /** The seconds after which the page reloads. */
  reloadSeconds?: number | undefined
}

export function lookOf({ publicUrl, appName }: { publicUrl: string; appName: string | null }): Look {
  return { site: appName ?? new URL(publicUrl).host, base: publicPath(publicUrl) }
}

export function layOut({ site, base }: Look, page: OwnPage): string {
  const [title, name, path] = [page.title, site, base].map(escapeHtml)
  return `<!doctype html>
<html lang="${page.language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="description" content="${escapeHtml(page.description)}">
${page.reloadSeconds ? `<meta http-equiv="refresh" content="${page.reloadSeconds}">\n` : ''}<title>${title} – ${name}</title>
<link rel="icon" href="${path}/favicon.svg">
<link rel="stylesheet" href="${path}/pages/pages.css">
<main${page.isArticle ? ' class="article"' : ''}>
<p class="brand"><span aria-hidden="true">${escapeHtml([...site][0]?.toUpperCase() ?? '')}</span>${name}</p>
<h1>${title!.replace('e-mail', 'e\u2011mail')}</h1>
${page.content}
</main>
</html>
`
}
