import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import { until } from '../harness/wait.ts'
import { type Sample, startSample } from './sample.ts'

const mebibyte = 1024 * 1024
/** More than the buffers of both sockets hold, so that an answer that is not read stays with the server. */
const answerBytes = 8 * mebibyte

let server: Sample
const outgoing = {
  totalBytes: 64 * mebibyte,
  networkBytes: 4 * answerBytes + mebibyte,
  callerBytes: 2 * answerBytes,
  largeFromBytes: 1024,
  saveFromBytes: 2 * answerBytes,
  saveMemory: () => () => {},
  waitMs: 100,
}
before(async () => {
  server = await startSample({ outgoing, timeouts: { answerMs: 3000 } }, {}, (app) => {
    const big = 'x'.repeat(answerBytes)
    app.get('/big', { config: { access: 'public', large: true } }, async () => ({ big }))
    const streams = {
      access: 'public',
      streaming: true,
      produces: ['application/json', 'text/event-stream'],
    } as const
    app.get('/feed', { config: streams }, async () => ({ big }))
    app.get('/not-bounded', { config: { access: 'public' } }, async () => ({ big }))
  })
})
after(() => server.close())

/** Asks and never reads. */
async function ask(path: string, port = server.port, token?: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.pause()
  socket.on('error', () => {})
  await once(socket, 'connect')
  const authorization = token === undefined ? '' : `authorization: Bearer ${token}\r\n`
  socket.write(`GET ${path} HTTP/1.1\r\nhost: roster.test\r\n${authorization}\r\n`)
  return socket
}
const refused = (at = server) => at.log().filter(({ status }) => status === 503).length

describe('answers that no client reads', () => {
  it('make V8 save memory when they are many, until none waits', async () => {
    const steps: string[] = []
    let built = 0
    const saveMemory = () => {
      steps.push(`begin after ${built}`)
      return () => steps.push('end')
    }
    const own = await startSample({ outgoing: { ...outgoing, saveMemory } }, {}, (app) => {
      app.get('/big', { config: { access: 'public', large: true } }, async () => {
        built += 1
        return 'x'.repeat(answerBytes)
      })
    })
    try {
      const sockets = [await ask('/big', own.port)]
      await until(() => built === 1)
      sockets.push(await ask('/big', own.port))
      await until(() => steps.length === 1)
      sockets[0]!.destroy()
      await until(() => own.app.deadlines.running.size === 1)
      assert.deepEqual(steps, ['begin after 2'])
      sockets[1]!.destroy()
      await until(() => steps.length === 2)
      assert.deepEqual(steps, ['begin after 2', 'end'])
    } finally {
      await own.close()
    }
  })

  it('are refused once those of a network fill its room, and answered again when it is free', async () => {
    // Also the JSON of a route that can stream instead.
    for (const path of ['/big', '/feed']) {
      const before = refused()
      const sockets = await Promise.all(Array.from({ length: 10 }, () => ask(path)))
      await until(() => refused() >= before + 6)
      for (const socket of sockets) socket.destroy()
      await until(() => server.app.deadlines.running.size === 0)
      const answer = await fetch(`${server.url}${path}`)
      assert.equal(answer.status, 200)
      await answer.text()
    }
  })

  it('are not built any more until their caller has read others; those of other callers are', async () => {
    let built = 0
    const own = await startSample({ outgoing }, {}, (app) => {
      app.get('/big', { config: { access: 'signed_in', large: true } }, async () => {
        built += 1
        return 'x'.repeat(answerBytes)
      })
      app.get('/small', { config: { access: 'signed_in', large: true } }, async () => ['small'])
    })
    const read = (token: string) =>
      fetch(`${own.url}/small`, { headers: { authorization: `Bearer ${token}` } })
    try {
      const sockets = await Promise.all(Array.from({ length: 30 }, () => ask('/big', own.port, 'alice')))
      await until(() => refused(own) >= 26)
      assert.ok(built <= 4, `${built} were built`)
      assert.equal((await read('bob')).status, 200)
      const waited = await read('alice')
      assert.deepEqual([waited.status, waited.headers.get('retry-after')], [503, '2'])
      for (const socket of sockets) socket.destroy()
      await until(() => own.app.deadlines.running.size === 0)
      assert.equal((await read('alice')).status, 200)
    } finally {
      await own.close()
    }
  })

  it('are cut after their time', async () => {
    const socket = await ask('/not-bounded')
    await until(() => server.app.deadlines.running.size === 1)
    await until(() => server.app.deadlines.running.size === 0)
    socket.destroy()
  })

  it('are cut when their client reads nothing, streams as well', async () => {
    const quick = await startSample({ timeouts: { unreadMs: 1000 } }, {}, (app) => {
      app.get('/big', { config: { access: 'public' } }, async () => 'x'.repeat(answerBytes))
      app.get('/stream', { config: { access: 'public', streaming: true } }, async () =>
        Readable.from(Array.from({ length: 64 }, () => 'x'.repeat(mebibyte))),
      )
    })
    try {
      for (const path of ['/big', '/stream']) {
        const socket = await ask(path, quick.port)
        await until(() => quick.app.deadlines.running.size === 1)
        await until(() => quick.app.deadlines.running.size === 0)
        socket.destroy()
      }
    } finally {
      await quick.close()
    }
  })
})
