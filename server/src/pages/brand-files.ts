/** The logo and the style sheet of the operator. Their paths contain a hash of their content. */
import { type Brand, brandStyle, logoPath, stylePath } from '../html/brand.ts'
import { sendBody } from '../http/answers.ts'
import type { App } from '../http/types.ts'

export const brandFiles =
  ({ brand }: { brand: Brand }) =>
  (app: App): void => {
    const serve = (path: string | null, type: string, content: string | Buffer) => {
      if (path === null) return
      app.get(
        path,
        { config: { access: 'public', hidden: true, unlimited: true, produces: [type] } },
        async (_request, reply) => {
          reply.header('cache-control', 'public, max-age=31536000, immutable')
          reply.header('content-type', type === 'text/css' ? `${type}; charset=utf-8` : type)
          // An SVG file that is opened alone must not run scripts.
          reply.header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox")
          return sendBody(reply, content)
        },
      )
    }
    serve(logoPath(brand), brand.logo?.type ?? '', brand.logo?.bytes ?? '')
    serve(stylePath(brand), 'text/css', brandStyle(brand))
  }
