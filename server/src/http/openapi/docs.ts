/** `/openapi.json` and the reference at `/docs`, which works without the internet. Both are made when first asked for. */

import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { brotliCompress, createGunzip, gzip, constants as zlib } from 'node:zlib'
import { isSource, ownFile, startThread } from '../../runtime/own-files.ts'
import type { AnyReply, App } from '../app.ts'
import { accepts, encodingFor } from '../message/media-types.ts'
import { type OpenapiOptions, openapiDocument } from './openapi.ts'

/** Scalar styles itself from its script, which needs inline styles; scripts come from here only. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="description" content="The reference of the Roster API.">
<title>Roster API</title>
<link rel="icon" href="/favicon.svg">
<main id="reference"></main>
<script src="/docs/scalar.js"></script>
<script src="/docs/start.js"></script>
</html>
`

const start = `Scalar.createApiReference('#reference', {
  url: '/openapi.json',
  withDefaultFonts: false,
  telemetry: false,
  hideClientButton: true,
  showDeveloperTools: 'never',
  agent: { disabled: true },
  mcp: { disabled: true },
})
`

/** Registers the routes; `options` are those of the document. */
export function docsRoutes(options: OpenapiOptions) {
  return (app: App) => {
    let document: Promise<Encoded> | undefined
    app.get(
      '/openapi.json',
      {
        config: { access: 'public' },
        schema: {
          operationId: 'getOpenapi',
          tags: ['about'],
          summary: 'This document',
          description: 'The OpenAPI 3.1 document of the whole API. Generate clients from it.',
          response: { 200: { type: 'object' } },
        },
      },
      async (request, reply) => {
        document ??= encoded(JSON.stringify(openapiDocument(app, options)))
        const encoding = encodingFor(request.headers['accept-encoding'])
        reply.header('vary', 'Accept-Encoding, Origin')
        if (encoding) reply.header('content-encoding', encoding)
        return send(reply, 'application/json; charset=utf-8', (await document)[encoding ?? 'identity'])
      },
    )
    referencePage(app)
  }
}

function referencePage(app: App): void {
  const config = { access: 'public' as const, hidden: true }
  app.get('/docs', { config: { ...config, produces: ['text/html'] } }, async (_request, reply) => {
    reply.header('content-security-policy', contentSecurityPolicy)
    return send(reply, 'text/html; charset=utf-8', page)
  })
  const scripts = { ...config, produces: ['text/javascript'] }
  app.get('/docs/start.js', { config: scripts }, async (_request, reply) =>
    send(reply, 'text/javascript; charset=utf-8', start),
  )
  let bundle: Promise<Buffer> | undefined
  app.get('/docs/scalar.js', { config: scripts }, async (request, reply) => {
    bundle ??= loadBundle()
    const bytes = await bundle.catch((error: unknown) => {
      bundle = undefined
      throw error
    })
    reply.header('vary', 'Accept-Encoding, Origin')
    const isZipped = accepts(request.headers['accept-encoding'], 'gzip')
    if (isZipped) reply.header('content-encoding', 'gzip')
    // All answers share the packed bytes; unpacked, they stream as fast as the client reads.
    const unpacked = () => Readable.from([bytes]).pipe(createGunzip())
    return send(reply, 'text/javascript; charset=utf-8', isZipped ? bytes : unpacked())
  })
}

type Encoded = Record<'br' | 'gzip' | 'identity', Buffer>

/** The text in each coding; brotli at a level that takes a tenth of a second for a megabyte. */
async function encoded(text: string): Promise<Encoded> {
  const identity = Buffer.from(text)
  const params = { [zlib.BROTLI_PARAM_QUALITY]: 6, [zlib.BROTLI_PARAM_SIZE_HINT]: identity.length }
  const [br, zipped] = await Promise.all([
    promisify(brotliCompress)(identity, { params }),
    promisify(gzip)(identity),
  ])
  return { br, gzip: zipped, identity }
}

function send(reply: AnyReply, type: string, content: string | Buffer | Readable): never {
  reply.header('cache-control', 'public, max-age=300')
  reply.header('content-type', type)
  return reply.send(content) as never
}

/** The script of the reference, gzipped: a build has prepared it, or a thread packs it, whose memory goes with it. */
async function loadBundle(): Promise<Buffer> {
  if (!isSource) return ownFile('server/reference.js.gz')
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const worker = startThread('http/openapi/docs-bundle.ts')
  worker.once('message', (bytes: Uint8Array) => resolve(Buffer.from(bytes)))
  worker.once('error', reject)
  worker.once('exit', () => reject(new Error('the reference could not be read')))
  worker.unref()
  return promise
}
