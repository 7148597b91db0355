import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import { it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { onBothEngines } from '../harness.ts'

onBothEngines('an import that ends before its body', (engine) => {
  it('reads the rest, so that the next request of the connection is answered', async (t) => {
    const service = await engine.start()
    const { token } = await service.admin()
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    t.after(() => agent.destroy())
    const ask = (method: string, path: string, type: string, body: Buffer) =>
      new Promise<string>((done, failed) => {
        const headers = {
          authorization: `Bearer ${token}`,
          'content-type': type,
          'content-length': body.length,
        }
        const sent = request(
          `${service.url}${path}`,
          { agent, method, headers, timeout: 20_000 },
          (answer) => {
            let text = ''
            answer.setEncoding('utf8').on('data', (part: string) => {
              text += part
            })
            answer.on('end', () => done(`${answer.statusCode} ${sent.reusedSocket} ${text}`))
          },
        )
        sent.on('timeout', () => sent.destroy(new Error(`no answer to ${method} ${path}`)))
        sent.on('error', failed)
        sent.end(body)
      })
    const row = Buffer.concat([Buffer.from('username,email\n'), Buffer.alloc(300_000_000, 'a')])
    const imported = await ask('POST', '/users/import', 'text/csv', gzipSync(row))
    assert.match(imported, /^200 false .*record_too_large/)
    const next = await ask('GET', '/health/live', 'application/json', Buffer.alloc(0))
    assert.match(next, /^200 true /)
  })
})
