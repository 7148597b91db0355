import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import { type Sample, startSample } from './sample.ts'

let server: Sample
/** Returns after requests have met their deadline: a request that never ends is answered 503. */
async function pastDeadline(): Promise<void> {
  assert.equal((await fetch(`${server.url}/never`)).status, 503)
}
before(async () => {
  server = await startSample({ timeouts: { headersMs: 500, bodyMs: 300, handlerMs: 300 } }, {}, (app) => {
    app.get('/never', { config: { access: 'public' } }, () => new Promise(() => {}))
    const ndjson = 'application/x-ndjson'
    app.post(
      '/import',
      {
        config: { access: 'signed_in', consumes: [ndjson, 'text/csv'], produces: [ndjson], streaming: true },
      },
      async (request, reply) => {
        let bytes = 0
        for await (const chunk of request.body as Readable) bytes += (chunk as Buffer).length
        reply.header('content-type', ndjson)
        return reply.send(`${JSON.stringify({ bytes })}\n`)
      },
    )
    app.get(
      '/export',
      { config: { access: 'signed_in', produces: [ndjson, 'text/csv'], streaming: true } },
      async (_request, reply) => {
        reply.header('content-type', ndjson)
        const rows = async function* () {
          for (let row = 0; row < 4; row++) {
            await pastDeadline()
            yield `${row}\n`
          }
        }
        return reply.send(Readable.from(rows()))
      },
    )
  })
})
after(() => server.close())

const authorization = 'Bearer alice'

describe('streaming routes', () => {
  it('read a body of any size and pace', async () => {
    const slow = new ReadableStream<Uint8Array>({
      async pull(controller) {
        await pastDeadline()
        controller.enqueue(new Uint8Array(100_000))
        sent += 100_000
        if (sent === 600_000) controller.close()
      },
    })
    let sent = 0
    const init = {
      method: 'POST',
      body: slow,
      duplex: 'half',
      headers: { authorization, 'content-type': 'text/csv' },
    }
    const answer = await fetch(`${server.url}/import`, init as RequestInit)
    assert.equal(answer.status, 200)
    assert.equal(((await answer.json()) as { bytes: number }).bytes, sent)
  })

  it('read only what they declare', async () => {
    const headers = { authorization, 'content-type': 'application/json' }
    const answer = await fetch(`${server.url}/import`, { method: 'POST', body: '{}', headers })
    assert.equal(answer.status, 415)
    const elsewhere = await fetch(`${server.url}/users`, {
      method: 'POST',
      body: 'a',
      headers: { 'content-type': 'text/csv' },
    })
    assert.equal(elsewhere.status, 415)
  })

  it('send for longer than a handler may take', async () => {
    const answer = await fetch(`${server.url}/export`, { headers: { authorization } })
    assert.equal(await answer.text(), '0\n1\n2\n3\n')
    assert.equal(
      (await fetch(`${server.url}/export`, { headers: { authorization, accept: 'application/json' } }))
        .status,
      406,
    )
    assert.equal((await fetch(`${server.url}/export`)).status, 401)
  })
})
