import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { describe, it } from 'node:test'
import { openPool } from '../../src/database/postgres/pool.ts'
import { postgresTarget } from '../../src/database/postgres/target.ts'
import { until } from '../harness/wait.ts'
import { createEngine } from '../harness.ts'

/** Between pool and server: passes everything on, but the first query of a new connection only after `gate.opened`. */
async function startProxy(url: string) {
  const gate: { opened?: Promise<void> } = {}
  const sockets: Socket[] = []
  const proxy = createServer((client) => {
    const server = connect(Number(new URL(url).port), '127.0.0.1')
    sockets.push(client, server)
    for (const socket of [client, server]) socket.on('error', () => {})
    client.on('data', async (data) => {
      if (data.includes('transaction_read_only')) await gate.opened
      server.write(data)
    })
    server.pipe(client)
    client.on('close', () => server.destroy())
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const { port } = proxy.address() as { port: number }
  return {
    url: Object.assign(new URL(url), { port: String(port) }).toString(),
    gate,
    stop() {
      for (const socket of sockets) socket.destroy()
      proxy.close()
    },
  }
}

describe('the pool of connections', () => {
  it('reuses a connection whose client stopped waiting while it was checked', async (t) => {
    const { engine, cleanUp } = createEngine('postgres')
    t.after(cleanUp)
    const proxy = await startProxy(await engine.createDatabase())
    t.after(proxy.stop)
    const pool = openPool(postgresTarget(proxy.url), { size: 1, pooler: 'auto' })
    const first = await pool.prepared.connect()
    const waiting = assert.rejects(pool.prepared.connect(), { code: 'dependency_unavailable' })
    const { promise, resolve } = Promise.withResolvers<void>()
    proxy.gate.opened = promise
    // Closed, so that the waiting client gets a new connection; it stops waiting before the connection was checked.
    ;(first.release as (destroy: boolean) => void)(true)
    await waiting
    resolve()
    const next = await until(() => pool.prepared.connect().catch(() => undefined), 'the connection')
    next.release()
    await pool.end()
  })
})
