/** The documentation as static pages: README.md and docs/, searchable in the browser, for the version in server/package.json. */
import { cpSync, existsSync, globSync, readFileSync, rmSync } from 'node:fs'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitepress'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { version } = JSON.parse(readFileSync(`${root}server/package.json`, 'utf8'))
/** Files beside the pages are in the repository; a release names its own. */
const repository = process.env.SITE_REPOSITORY ?? 'https://github.com/OWNER/roster'
const revision = process.env.SITE_REVISION ?? `v${version}`

const pages = [
  'README.md',
  ...globSync('docs/**/*.md', { cwd: root }).map((path) => path.replaceAll('\\', '/')),
]
/** The path of a page on the site. */
const placeOf = (page: string): string =>
  page === 'README.md' ? 'index.md' : page.replace(/^docs\//, '').replace(/README\.md$/, 'index.md')
const rewrites = Object.fromEntries(pages.map((page) => [page, placeOf(page)]))
const sources = Object.fromEntries(pages.map((page) => [placeOf(page), page]))

/** Where a link of a page leads on the site; files that are no pages are in the repository. */
function target(page: string, href: string): string {
  if (/^(https?:|mailto:|#)/.test(href)) return href
  const [path = '', anchor] = href.split('#')
  const file = posix.normalize(posix.join(posix.dirname(page), path))
  const suffix = anchor === undefined ? '' : `#${anchor}`
  if (rewrites[file]) return `/${rewrites[file]}${suffix}`
  if (!existsSync(root + file)) throw new Error(`${page} links to ${href}, which does not exist`)
  return `${repository}/blob/${revision}/${file}${suffix}`
}

/** Copies: the packages of this folder are not found from the originals. */
const copies = fileURLToPath(new URL('../.pages/', import.meta.url))
rmSync(copies, { recursive: true, force: true })
cpSync(`${root}README.md`, `${copies}README.md`)
cpSync(`${root}docs`, `${copies}docs`, { recursive: true })

const titleOf = (page: string): string =>
  /^# (.+)$/m.exec(readFileSync(root + page, 'utf8'))?.[1]?.replaceAll('`', '') ?? page
const item = (page: string) => ({
  text: titleOf(page),
  link: `/${placeOf(page).replace(/(index)?\.md$/, '')}`,
})
const inFolder = (folder: string) =>
  pages.filter((page) => posix.dirname(page) === folder && !page.endsWith('README.md')).sort()

const guides = [
  'getting-started',
  'api-guide',
  'connect-an-application',
  'sign-in-with-other-providers',
  'gateways',
  'groups-and-scim',
  'webhooks',
  'import-users',
]
const operation = ['configuration', 'deploying', 'operations', 'security', 'architecture']
const listed = new Set([...guides, ...operation].map((name) => `docs/${name}.md`))

export default defineConfig({
  title: `Roster ${version}`,
  description: 'A self-hosted user-management service: accounts, sign-in, roles, API keys, OpenID Connect',
  lang: 'en',
  base: process.env.SITE_BASE ?? '/',
  srcDir: './.pages',
  outDir: './dist',
  cacheDir: './.cache',
  rewrites,
  ignoreDeadLinks: 'localhostLinks',
  cleanUrls: false,
  lastUpdated: false,
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    sidebar: [
      { text: 'Guides', items: guides.map((name) => item(`docs/${name}.md`)) },
      { text: 'Tasks', link: '/tasks/', collapsed: true, items: inFolder('docs/tasks').map(item) },
      { text: 'Operation', items: operation.map((name) => item(`docs/${name}.md`)) },
      {
        text: 'More',
        items: inFolder('docs')
          .filter((page) => !listed.has(page))
          .map(item),
      },
      { text: 'Applications', collapsed: true, items: inFolder('docs/connect').map(item) },
      { text: 'Accounts', collapsed: true, items: inFolder('docs/accounts').map(item) },
      { text: 'Imports', collapsed: true, items: inFolder('docs/import').map(item) },
      { text: 'Operation, in detail', collapsed: true, items: inFolder('docs/operations').map(item) },
      { text: 'Security, in detail', collapsed: true, items: inFolder('docs/security').map(item) },
      { text: 'For maintainers', collapsed: true, items: inFolder('docs/maintaining').map(item) },
      { text: 'Decisions', collapsed: true, items: inFolder('docs/decisions').map(item) },
    ].filter(({ items }) => items.length > 0),
  },
  markdown: {
    languageAlias: { mjs: 'js', caddyfile: 'nginx' },
    config(md) {
      md.core.ruler.push('links-of-the-repository', (state) => {
        const page = sources[state.env.relativePath] ?? state.env.relativePath
        for (const token of state.tokens.flatMap(({ children }) => children ?? [])) {
          const href = token.type === 'link_open' ? token.attrGet('href') : null
          if (href !== null) token.attrSet('href', target(page, href))
        }
      })
    },
  },
})
