import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openPool } from '../../src/database/postgres/pool.ts'
import { postgresTarget } from '../../src/database/postgres/target.ts'
import { createEngine } from '../harness.ts'

/** Between pool and server: passes everything on, but the first look at a new connection only after `delay.ms`. */
async function startProxy(url: string) {
  const delay = { ms: 0 }
  const sockets: Socket[] = []
  const proxy = createServer((client) => {
    const server = connect(Number(new URL(url).port), '127.0.0.1')
    sockets.push(client, server)
    for (const socket of [client, server]) socket.on('error', () => {})
    client.on('data', async (data) => {
      if (data.includes('transaction_read_only')) await sleep(delay.ms)
      server.write(data)
    })
    server.pipe(client)
    client.on('close', () => server.destroy())
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const { port } = proxy.address() as { port: number }
  return {
    url: Object.assign(new URL(url), { port: String(port) }).toString(),
    delay,
    stop() {
      for (const socket of sockets) socket.destroy()
      proxy.close()
    },
  }
}

describe('the pool of connections', () => {
  it('gets a connection back that was looked at while its client gave up waiting', async (t) => {
    const { engine, cleanUp } = createEngine('postgres')
    t.after(cleanUp)
    const proxy = await startProxy(await engine.createDatabase())
    t.after(proxy.stop)
    const pool = openPool(postgresTarget(proxy.url), 1)
    const first = await pool.prepared.connect()
    const waiting = assert.rejects(pool.prepared.connect(), { code: 'dependency_unavailable' })
    await sleep(1500)
    proxy.delay.ms = 1500
    // Closed, so that the one who waits gets a new connection; its two seconds are over before that was looked at.
    ;(first.release as (destroy: boolean) => void)(true)
    await waiting
    await sleep(1500)
    proxy.delay.ms = 0
    const next = await pool.prepared.connect()
    next.release()
    await pool.end()
  })
})
