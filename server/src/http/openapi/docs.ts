/**
 * `/openapi.json` and the reference at `/docs`, which works without internet access. Both are created at the first
 * request.
 */

import { promisify } from 'node:util'
import { brotliCompress, gzip, constants as zlib } from 'node:zlib'
import { ownFile } from '../../runtime/own-files.ts'
import { sendBody } from '../answers.ts'
import { encodingFor } from '../message/media-types.ts'
import type { OpenapiDocument } from '../reference/document.ts'
import { contentSecurityPolicy, referencePage } from '../reference/page.ts'
import type { AnyReply, AnyRequest, App } from '../types.ts'
import { type OpenapiOptions, openapiDocument } from './openapi.ts'

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
        return sendEncoded(request, reply, 'application/json; charset=utf-8', await document)
      },
    )
    referenceRoutes(app, () => referencePage(openapiDocument(app, options) as OpenapiDocument))
  }
}

function referenceRoutes(app: App, makePage: () => string): void {
  const config = { access: 'public' as const, hidden: true }
  let page: Promise<Encoded> | undefined
  app.get('/docs', { config: { ...config, produces: ['text/html'] } }, async (request, reply) => {
    page ??= encoded(makePage())
    reply.header('content-security-policy', contentSecurityPolicy)
    return sendEncoded(request, reply, 'text/html; charset=utf-8', await page)
  })
  const assets = { 'reference.css': 'text/css', 'reference.js': 'text/javascript' }
  for (const [name, type] of Object.entries(assets)) {
    let asset: Promise<Encoded> | undefined
    app.get(`/docs/${name}`, { config: { ...config, produces: [type] } }, async (request, reply) => {
      asset ??= encoded(ownFile(`server/src/http/reference/${name}`).toString('utf8'))
      return sendEncoded(request, reply, `${type}; charset=utf-8`, await asset)
    })
  }
}

type Encoded = Record<'br' | 'gzip' | 'identity', Buffer>

/** The text in each content coding; brotli at a level that takes 0.1 s for a megabyte. */
async function encoded(text: string): Promise<Encoded> {
  const identity = Buffer.from(text)
  const params = { [zlib.BROTLI_PARAM_QUALITY]: 6, [zlib.BROTLI_PARAM_SIZE_HINT]: identity.length }
  const [br, zipped] = await Promise.all([
    promisify(brotliCompress)(identity, { params }),
    promisify(gzip)(identity),
  ])
  return { br, gzip: zipped, identity }
}

function sendEncoded(request: AnyRequest, reply: AnyReply, type: string, content: Encoded): never {
  const encoding = encodingFor(request.headers['accept-encoding'])
  reply.header('vary', 'Accept-Encoding, Origin')
  if (encoding) reply.header('content-encoding', encoding)
  reply.header('cache-control', 'public, max-age=300')
  reply.header('content-type', type)
  return sendBody(reply, content[encoding ?? 'identity'])
}
