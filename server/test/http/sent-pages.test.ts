import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { createPages } from '../../src/http/pagination.ts'
import { until } from '../harness/wait.ts'
import { type Sample, startSample } from './sample.ts'

const text = JSON.stringify(Array.from({ length: 500 }, (_, at) => ({ name: `user ${at}`, at })))
const lastPage = { next: null, prev: null }
/** The buffers of the answers, in order. */
const sent: Buffer[] = []

describe('pages of JSON', () => {
  let server: Sample
  before(async () => {
    const pages = createPages(createSecretKey(Buffer.alloc(32, 7)), 'https://id.example.com')
    server = await startSample({}, {}, (app) => {
      const config = { access: 'public' } as const
      app.get('/large', { config }, (request, reply) => {
        const json = Buffer.from(new TextEncoder().encode(text).buffer)
        sent.push(json)
        return pages.sendPageOfJson(request, reply, { ...lastPage, json })
      })
      app.get('/small', { config }, (request, reply) => {
        const json = Buffer.from('[1]')
        sent.push(json)
        return pages.sendPageOfJson(request, reply, { ...lastPage, json })
      })
    })
  })
  after(() => server.close())

  it('are sent whole, and their memory is freed after the answer', async () => {
    for (const method of ['GET', 'HEAD', 'GET']) {
      const answer = await fetch(`${server.url}/large`, { method })
      assert.equal(answer.status, 200)
      assert.equal(answer.headers.get('content-length'), String(Buffer.byteLength(text)))
      assert.equal(await answer.text(), method === 'HEAD' ? '' : text)
      // The client may have read the answer before the server learns that it is sent.
      await until(() => sent.at(-1)!.byteLength === 0)
    }
  })

  it('keep the memory that they share with other buffers', async () => {
    for (let times = 0; times < 3; times += 1) {
      const answer = await fetch(`${server.url}/small`)
      assert.equal(await answer.text(), '[1]')
    }
    assert.equal(sent.at(-3)!.toString(), '[1]')
  })
})
