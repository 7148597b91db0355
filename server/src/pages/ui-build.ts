/** The built pages of the folder `console`: read when first asked for, and again when they were built anew. */
import { readFile, stat } from 'node:fs/promises'
import { escapeHtml } from '../html.ts'

export type Encoding = 'br' | 'gzip' | null
export type UiBuild = {
  /** The HTML of a page, with what the server knows written into it. */
  html(page: UiPage): string
  /** The bytes of an asset; null when there is none of this name. */
  asset(name: string, encoding: Encoding): Promise<Buffer | null>
}
export type UiPage = 'app' | 'sign-in'

const folder = new URL('../../../console/dist/', import.meta.url)
const suffixes = { br: '.br', gzip: '.gz' }
const assetName = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.(js|css|svg|png|webp)$/

/** `settings` go into each page; `base` is the path of the public URL, without a slash at the end. */
export function createUiBuilds(base: string, settings: object, from: URL = folder) {
  const content = escapeHtml(JSON.stringify({ base, ...settings }))
  const prepare = (text: string) =>
    text
      .replaceAll('="./assets/', `="${escapeHtml(base)}/assets/`)
      .replace('name="roster" content="{}"', `name="roster" content="${content}"`)
  let current: { readonly builtAt: number; readonly build: UiBuild } | undefined

  /** @returns null when the pages have not been built yet */
  return async function currentBuild(): Promise<UiBuild | null> {
    const builtAt = await stat(new URL('build.json', from)).then(
      ({ mtimeMs }) => mtimeMs,
      () => null,
    )
    if (builtAt === null) return null
    if (current?.builtAt !== builtAt) current = { builtAt, build: await readBuild(from, prepare) }
    return current.build
  }
}

async function readBuild(from: URL, prepare: (text: string) => string): Promise<UiBuild> {
  const read = async (page: UiPage) => prepare(await readFile(new URL(`${page}.html`, from), 'utf8'))
  const pages = { app: await read('app'), 'sign-in': await read('sign-in') }
  const assets = new Map<string, Promise<Buffer>>()
  return {
    html: (page) => pages[page],
    async asset(name, encoding) {
      if (!assetName.test(name)) return null
      const file = encoding === null ? name : `${name}${suffixes[encoding]}`
      const found = assets.get(file) ?? readFile(new URL(`assets/${file}`, from))
      assets.set(file, found)
      return found.catch(() => {
        assets.delete(file)
        return null
      })
    },
  }
}
