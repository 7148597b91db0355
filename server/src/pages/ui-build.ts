/** The built pages of the folder `console`. They are read at the first request, and again after a new build. */
import { escapeHtml } from '../html/escape.ts'
import type { Look } from '../html/page-layout.ts'
import { type Folder, ownFolder } from '../runtime/own-files.ts'

export type Encoding = 'br' | 'gzip' | null
export type UiBuild = {
  /** The HTML of a page, with data of the server. */
  html(page: UiPage): string
  /** The bytes of an asset; null when there is none of this name. */
  asset(name: string, encoding: Encoding): Promise<Buffer | null>
}
export type UiPage = 'app' | 'sign-in'

const suffixes = { br: '.br', gzip: '.gz' }
const assetName = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.(js|css|svg|png|webp)$/

/** `settings` are added to each page. */
export function createUiBuilds(
  { base, logo, style }: Pick<Look, 'base' | 'logo' | 'style'>,
  settings: object,
  from: Folder = ownFolder('console/dist/'),
) {
  const brandLink = style === null ? '' : `<link rel="stylesheet" href="${escapeHtml(base + style)}">\n`
  const content = escapeHtml(JSON.stringify({ base, ...settings }))
  const prepare = (text: string) =>
    text
      .replaceAll('="./assets/', `="${escapeHtml(base)}/assets/`)
      .replace('name="roster" content="{}"', `name="roster" content="${content}"`)
      .replace('</head>', `${brandLink}</head>`)
      .replace(/(?<=<link rel="icon" )href="[^"]*" type="[^"]*"/, (own) => (icon ? `href="${icon}"` : own))
  const icon = logo && escapeHtml(base + logo)
  let current: { readonly builtAt: number; readonly build: UiBuild } | undefined

  /** @returns null when the pages have not been built yet */
  return async function currentBuild(): Promise<UiBuild | null> {
    const builtAt = await from.writtenAt('build.json')
    if (builtAt === null) return null
    if (current?.builtAt !== builtAt) current = { builtAt, build: await readBuild(from, prepare) }
    return current.build
  }
}

async function readBuild(from: Folder, prepare: (text: string) => string): Promise<UiBuild> {
  const read = async (page: UiPage) => prepare((await from.read(`${page}.html`)).toString('utf8'))
  const pages = { app: await read('app'), 'sign-in': await read('sign-in') }
  const assets = new Map<string, Promise<Buffer>>()
  return {
    html: (page) => pages[page],
    async asset(name, encoding) {
      if (!assetName.test(name)) return null
      const file = encoding === null ? name : `${name}${suffixes[encoding]}`
      const found = assets.get(file) ?? from.read(`assets/${file}`)
      assets.set(file, found)
      return found.catch(() => {
        assets.delete(file)
        return null
      })
    },
  }
}
