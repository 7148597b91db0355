/** The layout of the pages that the server renders: head, name of the service, one `<main>`. */

import { publicPath } from '../settings/public-path.ts'
import { textsIn } from '../texts/texts.ts'
import { type Brand, logoPath, noBrand, stylePath } from './brand.ts'
import { escapeHtml } from './escape.ts'
import type { Language } from './language.ts'

export type Look = {
  /** The name of the service. */
  site: string
  /** The path of the public URL without a trailing slash: empty, or such as `/auth`. */
  base: string
  /** The paths of the operator's logo and style sheet below `base`. */
  logo: string | null
  style: string | null
  termsUrl: string | null
  privacyUrl: string | null
}

export type LookSettings = { publicUrl: string; appName: string | null; brand?: Brand }

/** Texts are plain; `content` is HTML. */
export type OwnPage = {
  language: Language
  title: string
  description: string
  content: string
  /** HTML below the page proper, such as the choice of the language. */
  below?: string
  /** Whether the content is a long text instead of a form. */
  isArticle?: boolean
  /** The seconds after which the page reloads. */
  reloadSeconds?: number | undefined
}

export function lookOf({ publicUrl, appName, brand = noBrand }: LookSettings): Look {
  return {
    site: appName ?? new URL(publicUrl).host,
    base: publicPath(publicUrl),
    ...{ logo: logoPath(brand), style: stylePath(brand) },
    ...{ termsUrl: brand.termsUrl, privacyUrl: brand.privacyUrl },
  }
}

export function layOut(look: Look, page: OwnPage): string {
  const { site, base, logo, style } = look
  const [title, name, path] = [page.title, site, base].map(escapeHtml)
  return `<!doctype html>
<html lang="${page.language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="description" content="${escapeHtml(page.description)}">
${page.reloadSeconds ? `<meta http-equiv="refresh" content="${page.reloadSeconds}">\n` : ''}<title>${title} – ${name}</title>
<link rel="icon" href="${path}${logo ?? '/favicon.svg'}">
<link rel="stylesheet" href="${path}/pages/pages.css">
${style === null ? '' : `<link rel="stylesheet" href="${path}${style}">\n`}<main${page.isArticle ? ' class="article"' : ''}>
<p class="brand">${logo === null ? initialOf(site) : `<img src="${path}${logo}" alt="" height="28">`}${name}</p>
<h1>${title!.replace('e-mail', 'e\u2011mail')}</h1>
${page.content}
</main>
${page.below ?? ''}${legalLinks(look, page.language)}</html>
`
}

function initialOf(site: string): string {
  return `<span aria-hidden="true">${escapeHtml([...site][0]?.toUpperCase() ?? '')}</span>`
}

function legalLinks({ termsUrl, privacyUrl }: Look, language: Language): string {
  const texts = textsIn(language).legal
  const links = [
    { url: termsUrl, text: texts.terms },
    { url: privacyUrl, text: texts.privacy },
  ].flatMap(({ url, text }) => (url === null ? [] : [`<a href="${escapeHtml(url)}">${text}</a>`]))
  return links.length === 0 ? '' : `<footer>${links.join(' · ')}</footer>\n`
}
