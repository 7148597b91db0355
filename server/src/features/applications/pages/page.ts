import type { Language } from '../../../language.ts'

/** @param title and content are HTML */
export function page(language: Language, title: string, content: string): string {
  return `<!doctype html>
<html lang="${language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="referrer" content="same-origin">
<title>${title}</title>
<link rel="stylesheet" href="/pages/pages.css">
<main>
<h1>${title}</h1>
${content}
</main>
</html>
`
}
