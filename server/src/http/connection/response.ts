/** The response of Node with the headers of every answer. */
import { type IncomingMessage, ServerResponse } from 'node:http'

/**
 * Node calls this method to create the text of the head. The headers are an object, because none of our code passes a
 * list to `writeHead`.
 */
type Internals = { _storeHeader(firstLine: string, headers: object | undefined): void }
const internals = ServerResponse.prototype as unknown as Internals

/**
 * A class of responses that have these headers, unless the answer sets its own. Node would check and join each header
 * for each answer. This class joins them to one text, once for each set of headers that answers replace.
 */
export function responseWith(headers: Readonly<Record<string, string>>): typeof ServerResponse {
  // Without this method of Node, answers would have none of the headers.
  if (typeof internals._storeHeader !== 'function') throw new Error('This version of Node is not supported.')
  const names = Object.keys(headers)
  const texts = new Map<number, string>()

  const textWithout = (replaced: number): string => {
    const known = texts.get(replaced)
    if (known !== undefined) return known
    const kept = names.filter((_, at) => (replaced & (1 << at)) === 0)
    const text = kept.map((name) => `${name}: ${headers[name]}\r\n`).join('')
    texts.set(replaced, text)
    return text
  }
  /** One bit for each header. */
  const replacedBy = (own: object): number => {
    let replaced = 0
    for (let at = 0; at < names.length; at += 1) if (names[at]! in own) replaced |= 1 << at
    return replaced
  }

  return class<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {
    _storeHeader(firstLine: string, own: object | undefined): void {
      const replaced = replacedBy(own ?? {})
      internals._storeHeader.call(this, firstLine + textWithout(replaced), own)
    }
  }
}
