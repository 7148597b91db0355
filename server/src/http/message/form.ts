/** Bodies of forms that routes read by themselves. */
import { AppError } from '../../errors.ts'

/** Whether the body of a request is read as a stream; undefined, when there is none, is not. */
export function isStreamed(body: unknown): body is AsyncIterable<Buffer> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body
}

/**
 * The end is read even when it is too much: ending the stream would end the connection before the answer.
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
