/** Clients that cost next to nothing: each sends prepared bytes over a connection of its own and waits for the answer. */
import { connect } from 'node:net'

/** The bytes of a `POST` with a JSON body. */
export function bytesOfPost(path: string, body: object, headers: Record<string, string>): Buffer {
  const json = JSON.stringify(body)
  const ofBody = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(json)) }
  return bytesOf(`POST ${path}`, { ...ofBody, ...headers }, json)
}

/** The bytes of a `GET`. */
export function bytesOfGet(path: string, headers: Record<string, string>): Buffer {
  return bytesOf(`GET ${path}`, headers, '')
}

function bytesOf(request: string, headers: Record<string, string>, body: string): Buffer {
  const lines = Object.entries({ host: '127.0.0.1', ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  return Buffer.from(`${request} HTTP/1.1\r\n${lines.join('')}\r\n${body}`)
}

/**
 * Sends what `next` gives, `atOnce` at a time, for this many seconds.
 * @returns answers a second
 * @throws when one is not a 200 or 201, or when a connection ends
 */
export async function keepAsking(
  url: string,
  atOnce: number,
  seconds: number,
  next: () => Buffer,
): Promise<number> {
  const startedMs = performance.now()
  const endsMs = startedMs + seconds * 1000
  let answered = 0
  const client = async () => {
    while (performance.now() < endsMs) {
      const { hostname, port } = new URL(url)
      const socket = connect(Number(port), hostname).setNoDelay()
      const chunks: AsyncIterator<Buffer> = socket[Symbol.asyncIterator]()
      for (let stays = true; stays && performance.now() < endsMs; answered += 1) {
        socket.write(next())
        stays = await readAnswer(chunks)
      }
      socket.destroy()
    }
  }
  await Promise.all(Array.from({ length: atOnce }, client))
  return (answered * 1000) / (performance.now() - startedMs)
}

/**
 * @returns whether the connection stays open; after 1,000 requests the service ends it
 * @throws when the answer is no success, or when the connection ends before it
 */
async function readAnswer(chunks: AsyncIterator<Buffer>): Promise<boolean> {
  let text = ''
  for (;;) {
    const chunk = await chunks.next()
    if (chunk.done) throw new Error(`the connection ended after: ${text}`)
    text += chunk.value.toString('latin1')
    const head = text.indexOf('\r\n\r\n')
    if (head === -1) continue
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1])
    if (text.length < head + 4 + length) continue
    if (!/^HTTP\/1\.1 20[01] /.test(text)) throw new Error(`no success: ${text}`)
    return !/\r\nconnection: close\r\n/i.test(text.slice(0, head + 2))
  }
}
