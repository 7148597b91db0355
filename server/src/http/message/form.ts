/** Reads form bodies for routes that parse them. */
import { AppError } from '../../errors.ts'

/** Whether the body of a request is a stream; false for undefined. */
export function isStreamed(body: unknown): body is AsyncIterable<Buffer> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body
}

/**
 * Reads to the end even if the body is too large: destroying the stream would close the connection before the answer.
 * @throws body_too_large
 */
export async function readForm(body: unknown, limit: number): Promise<string> {
  if (!isStreamed(body)) return ''
  const parts: Buffer[] = []
  let size = 0
  for await (const part of body) {
    size += part.length
    if (size <= limit) parts.push(part)
  }
  if (size > limit) throw new AppError('body_too_large')
  return Buffer.concat(parts).toString('utf8')
}
