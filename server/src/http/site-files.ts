/** The small files that browsers, crawlers and language models request from every site. */
import { ownFile } from '../runtime/own-files.ts'
import type { App } from './types.ts'

const icon = ownFile('server/src/http/favicon.svg').toString('utf8')

/** No page is for search engines: pages need a sign-in, or belong to one user. */
const robots = 'User-agent: *\nDisallow: /\n'

const llms = (publicUrl: string) => `# Roster

> A self-hosted user-management service with a JSON API: users, sessions, roles, API keys, import and export, audit.

- [OpenAPI document](${publicUrl}/openapi.json): every operation, its parameters and its errors
- [API reference](${publicUrl}/docs): the same for people
- [Error codes](${publicUrl}/problems): what each code means
`

export const siteFiles =
  ({ publicUrl }: { publicUrl: string }) =>
  (app: App) => {
    const files: [path: string, type: string, content: string][] = [
      ['/favicon.svg', 'image/svg+xml', icon],
      ['/favicon.ico', 'image/svg+xml', icon],
      ['/robots.txt', 'text/plain', robots],
      ['/llms.txt', 'text/plain', llms(publicUrl)],
    ]
    for (const [path, type, content] of files) {
      app.get(path, { config: { access: 'public', hidden: true, produces: [] } }, async (_, reply) => {
        reply.header('cache-control', 'public, max-age=86400')
        reply.header('content-type', `${type}; charset=utf-8`)
        return reply.send(content)
      })
    }
  }
