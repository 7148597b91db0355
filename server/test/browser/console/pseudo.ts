/** A language that only tests have: each text of the German catalogue with accents, in brackets. A text without brackets is in no catalogue. */
import type { BrowserContext, Page } from 'playwright-core'

const accents: Record<string, string> = {
  a: 'á',
  e: 'ë',
  i: 'ï',
  o: 'ø',
  u: 'ü',
  A: 'Á',
  E: 'Ë',
  O: 'Ø',
  U: 'Ü',
}

function pseudo(text: string): string {
  const parts = text.split(/(\{\w+\})/)
  const marked = parts.map((part) =>
    part.startsWith('{') ? part : part.replace(/[aeiouAEOU]/g, (letter) => accents[letter] ?? letter),
  )
  return `⟦${marked.join('')}⟧`
}

/** Replaces the German catalogues that the browser loads. @returns how many were replaced */
export async function speakPseudo(context: BrowserContext): Promise<() => number> {
  let replaced = 0
  await context.route('**/assets/de-*.js', async (route) => {
    const source = await (await route.fetch()).text()
    const { default: catalogue } = (await import(
      `data:text/javascript;base64,${Buffer.from(source).toString('base64')}`
    )) as { default: Record<string, string> }
    const texts = Object.fromEntries(Object.entries(catalogue).map(([key, text]) => [key, pseudo(text)]))
    replaced += 1
    await route.fulfill({
      contentType: 'text/javascript',
      body: `export default ${JSON.stringify(texts)}`,
    })
  })
  return () => replaced
}

/**
 * The visible texts, names and hints of a page that are not from a catalogue.
 * @param data what is not translated: names, and what `Intl` writes, as patterns for whole texts
 */
export function strangersOn(page: Page, data: readonly RegExp[]): Promise<string[]> {
  return page.evaluate(
    (patterns) => {
      const known = patterns.map((pattern) => new RegExp(pattern, 'u'))
      const found: string[] = []
      const check = (where: string, text: string | null) => {
        let rest = text ?? ''
        // A text may be a value in another one.
        while (/⟦[^⟦⟧]*⟧/.test(rest)) rest = rest.replace(/⟦[^⟦⟧]*⟧/g, '')
        rest = rest.trim()
        if (/\p{L}/u.test(rest) && !known.some((pattern) => pattern.test(rest)))
          found.push(`${where}: ${rest}`)
      }
      const pageLanguage = document.documentElement.lang
      const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
      for (let node = nodes.nextNode(); node; node = nodes.nextNode()) {
        const holder = node.parentElement!
        if (holder.closest('script, style, noscript, code')) continue
        const language = holder.closest('[lang]')?.getAttribute('lang')
        if (language !== pageLanguage || !holder.checkVisibility()) continue
        check('text', node.textContent)
      }
      for (const name of ['aria-label', 'title', 'placeholder', 'alt'])
        for (const holder of document.body.querySelectorAll(`[${name}]`))
          check(name, holder.getAttribute(name))
      check('title of the page', document.title.replace(/ · [^⟧]*$/, ''))
      return found
    },
    data.map(({ source }) => source),
  )
}
