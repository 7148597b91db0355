/** The thread that takes the browser script out of Scalar's plugin and posts it gzipped. */
import { parentPort } from 'node:worker_threads'
import { gzipSync } from 'node:zlib'
import scalar from '@scalar/fastify-api-reference'
import { fastify } from 'fastify'

const app = fastify()
app.register(scalar, { routePrefix: '/docs', configuration: { url: '/openapi.json' } })
const answer = await app.inject('/docs/js/scalar.js')
if (answer.statusCode !== 200) throw new Error(`Scalar answered ${answer.statusCode}`)
parentPort?.postMessage(gzipSync(answer.rawPayload))
