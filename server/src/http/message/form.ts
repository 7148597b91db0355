/** Bodies of forms that routes read by themselves. */
import { AppError } from '../../errors.ts'

/** The end is read even when it is too much: ending the stream would end the connection before the answer. */
export async function readForm(body: AsyncIterable<Buffer>, limit: number): Promise<string> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of body) {
    size += part.length
    if (size <= limit) parts.push(part)
  }
  if (size > limit) throw new AppError('body_too_large')
  return Buffer.concat(parts).toString('utf8')
}
