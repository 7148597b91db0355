/** A network between the service and its database that can be made slow, or drop everything. */
import { connect, createServer, type Socket } from 'node:net'

export async function startSlowProxy(target: number) {
  let delayMs = 0
  let isSwallowing = false
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1')
    const pass = (from: Socket, to: Socket) => {
      sockets.add(from)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        if (!isSwallowing) to.destroy()
      })
      from.on('data', (bytes) => {
        if (isSwallowing) return
        // Bytes keep their order: timers of the same length end in the order of their start.
        if (delayMs === 0) to.write(bytes)
        else setTimeout(() => to.writable && !isSwallowing && to.write(bytes), delayMs)
      })
    }
    pass(client, upstream)
    pass(upstream, client)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as { port: number }).port,
    /** From now on, each way takes this long. */
    delay(ms: number) {
      delayMs = ms
      isSwallowing = false
    },
    drop() {
      isSwallowing = true
    },
    stop() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
