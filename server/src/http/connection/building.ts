/**
 * A request for a large answer has its rows and its text in memory until the bytes are counted (outgoing.ts). Only a few
 * of these requests run at a time, for each network and in total; the others wait.
 */
import { networkOf } from '../message/address.ts'
import type { AnyReply, AnyRequest } from '../types.ts'
import { createNetworkTally } from './network-tally.ts'
import type { OnSend } from './outgoing.ts'

/** With 3 MB of JSON each, they take up to about 100 MB. */
const mostInAll = 8
const mostOfNetwork = 4

type Waiting = { network: string; reply: AnyReply; begin(): void }

/** `begin` runs before the handler, `end` after the answer is built. */
export function limitBuilding() {
  const working = createNetworkTally()
  let waiting: Waiting[] = []
  const ends = new WeakMap<AnyRequest, () => void>()

  const isFree = (network: string) => working.inAll() < mostInAll && working.of(network) < mostOfNetwork
  const next = () => {
    // Requests whose client has left, or that the deadline has answered, do not run.
    waiting = waiting.filter(({ reply }) => !reply.sent && !reply.raw.closed)
    waiting = waiting.filter(({ network, begin }) => {
      if (!isFree(network)) return true
      begin()
      return false
    })
  }

  return {
    begin(request: AnyRequest, reply: AnyReply, done: () => void): void {
      const network = networkOf(request.visit.address)
      const begin = () => {
        working.add(network, 1)
        const end = () => {
          if (!ends.delete(request)) return
          working.add(network, -1)
          if (waiting.length > 0) next()
        }
        ends.set(request, end)
        reply.raw.once('close', end)
        done()
      }
      if (isFree(network)) begin()
      else waiting.push({ network, reply, begin })
    },

    end(request: AnyRequest, _: AnyReply, payload: unknown, done: Parameters<OnSend>[3]): void {
      ends.get(request)?.()
      done(null, payload)
    },
  }
}
