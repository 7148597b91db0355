/** The yardstick: `node:http` answering the same bytes without doing anything for them. */
import { createServer } from 'node:http'

const body = process.env['BODY'] ?? '{}'
const headers = JSON.parse(process.env['HEADERS'] ?? '{}') as Record<string, string>

createServer((_, response) => {
  response.writeHead(200, { ...headers, 'content-length': Buffer.byteLength(body) })
  response.end(body)
}).listen(Number(process.env['PORT']), '127.0.0.1')
