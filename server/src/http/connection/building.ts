/**
 * A request for a large answer has its rows and its text in memory until the bytes are counted (outgoing.ts). Only a
 * few of these requests run at a time, for each network and in total, and fewer if the answers of the route are very
 * large. A request does not start while its caller must first read other answers. The other requests wait.
 */
import type { RouteOptions } from 'fastify'
import { collectNew } from '../../runtime/collecting.ts'
import { networkOf } from '../message/address.ts'
import type { AnyReply, AnyRequest } from '../types.ts'
import { createNetworkTally } from './network-tally.ts'
import { type OnSend, type Outgoing, sizeOf, unread } from './outgoing.ts'

const mebibyte = 1024 * 1024
/**
 * The maximum number of concurrent requests. Building an answer takes several times its bytes, for rows, objects and
 * text.
 */
const most = {
  inAll: { requests: 8, bytes: 12 * mebibyte },
  ofNetwork: { requests: 4, bytes: 4 * mebibyte },
}

/** After an answer of this size, what it was built from is collected. */
const collectFromBytes = mebibyte

type Waiting = { network: string; request: AnyRequest; reply: AnyReply; begin(): void }
/** `isOver`: the answer is built or refused, or the client has left. The handler may still run then. */
type Turn = { isOver: boolean; isRunning: boolean; release(): void }

/** `begin` runs before the handler, `end` runs after the answer is built. */
export function limitBuilding(
  outgoing: Pick<Outgoing, 'mustRead' | 'afterRead' | 'waitMs'>,
  collect = collectNew,
) {
  const requests = createNetworkTally()
  const bytes = createNetworkTally()
  const sizes = expectedSizes()
  const waiting: Waiting[] = []
  const turns = new WeakMap<AnyRequest, Turn>()

  const isFree = ({ network, request }: Pick<Waiting, 'network' | 'request'>) => {
    if (requests.inAll() >= most.inAll.requests) return false
    if (requests.of(network) >= most.ofNetwork.requests || outgoing.mustRead(request)) return false
    const expected = sizes.of(request)
    if (bytes.inAll() > 0 && bytes.inAll() + expected > most.inAll.bytes) return false
    return bytes.of(network) === 0 || bytes.of(network) + expected <= most.ofNetwork.bytes
  }
  const leave = (entry: Waiting) => waiting.splice(waiting.indexOf(entry), 1)
  const next = () => {
    while (waiting.length > 0 && requests.inAll() < most.inAll.requests) {
      // Requests whose client has left, or that the deadline has answered, do not run.
      const entry = waiting.find((each) => hasEnded(each) || isFree(each))
      if (entry === undefined) return
      leave(entry)
      if (!hasEnded(entry)) entry.begin()
    }
  }
  outgoing.afterRead(next)

  const take = (network: string, request: AnyRequest, reply: AnyReply) => {
    const expected = sizes.of(request)
    requests.add(network, 1)
    bytes.add(network, expected)
    turns.set(request, {
      isOver: false,
      isRunning: false,
      release() {
        if (!turns.delete(request)) return
        requests.add(network, -1)
        bytes.add(network, -expected)
        next()
      },
    })
    reply.raw.once('close', () => end(request))
  }
  const end = (request: AnyRequest) => {
    const turn = turns.get(request)
    if (turn) turn.isOver = true
    if (turn?.isRunning === false) turn.release()
  }

  return {
    begin(request: AnyRequest, reply: AnyReply, done: (error?: Error) => void): void {
      const network = networkOf(request.visit.address)
      const begin = () => {
        take(network, request, reply)
        done()
      }
      const entry = { network, request, reply, begin }
      if (isFree(entry)) {
        begin()
        return
      }
      waiting.push(entry)
      const timer = setTimeout(() => {
        if (!waiting.includes(entry) || hasEnded(entry)) return
        if (outgoing.mustRead(request)) {
          leave(entry)
          done(unread())
        } else timer.refresh()
      }, outgoing.waitMs).unref()
    },

    /**
     * A turn lasts until the handler has ended, because its rows stay in memory even if the client has closed the
     * connection.
     */
    inTurn(handler: RouteOptions['handler']): RouteOptions['handler'] {
      return async function (request, reply) {
        const turn = turns.get(request)
        if (turn) turn.isRunning = true
        try {
          return await handler.call(this, request, reply)
        } finally {
          if (turn) turn.isRunning = false
          if (turn?.isOver) turn.release()
        }
      }
    },

    end(request: AnyRequest, _: AnyReply, payload: unknown, done: Parameters<OnSend>[3]): void {
      const size = sizeOf(payload)
      sizes.note(request, size)
      end(request)
      // The buffers and rows that it was built from. They count little in the heap, which would not be collected for them.
      if (size >= collectFromBytes) setImmediate(collect)
      done(null, payload)
    },
  }
}

function hasEnded({ reply }: Waiting): boolean {
  return reply.sent || reply.raw.closed
}

/**
 * The expected size of an answer of a route in bytes: that of the largest answer, halved with each smaller answer
 * since.
 */
function expectedSizes() {
  const sizes = new Map<string | undefined, number>()
  const of = ({ visit }: AnyRequest) => sizes.get(visit.plan?.pattern) ?? 0
  return {
    of,
    note(request: AnyRequest, size: number): void {
      sizes.set(request.visit.plan?.pattern, Math.max(size, Math.floor(of(request) / 2)))
    },
  }
}
