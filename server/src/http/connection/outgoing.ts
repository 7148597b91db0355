/**
 * Large answers wait in memory until their client has read them. The number of waiting bytes is limited for each
 * network and in total, so that slow clients cannot fill the memory. A caller with many unread bytes must read them
 * before further answers are built, because an answer that is built and then refused takes memory too.
 */
import { principalId } from '../../caller.ts'
import { AppError } from '../../errors.ts'
import { saveMemory } from '../../runtime/memory-saving.ts'
import { networkOf } from '../message/address.ts'
import type { AnyReply, AnyRequest } from '../types.ts'
import { createNetworkTally } from './network-tally.ts'

export type OutgoingLimits = {
  totalBytes: number
  networkBytes: number
  /** A caller with this many unread bytes must read them first. */
  callerBytes: number
  largeFromBytes: number
  /** With this many unread bytes in total, V8 saves memory until all are read. */
  saveFromBytes: number
  /** Begins to save memory, and returns how to end it. */
  saveMemory(): () => void
  /** How long a request waits until its caller has read enough. */
  waitMs: number
}

const mebibyte = 1024 * 1024
const defaultLimits: OutgoingLimits = {
  totalBytes: 48 * mebibyte,
  networkBytes: 16 * mebibyte,
  callerBytes: 8 * mebibyte,
  largeFromBytes: 64 * 1024,
  saveFromBytes: 4 * mebibyte,
  saveMemory,
  waitMs: 2_000,
}

export type OnSend = (
  request: AnyRequest,
  reply: AnyReply,
  payload: unknown,
  done: (error: Error | null, payload?: unknown) => void,
) => void

export type Outgoing = {
  /** The hook of routes whose answers can be large. It refuses an answer above the limit with `overloaded`. */
  onSend: OnSend
  /**
   * Whether the caller has too many unread bytes, or an answer to it was refused and no bytes were read since. Other
   * callers in the network are not concerned.
   */
  mustRead(request: AnyRequest): boolean
  /** Calls `then` each time an answer was read, or its connection was closed. */
  afterRead(then: () => void): void
  waitMs: number
}

export function limitOutgoing(limits: OutgoingLimits = defaultLimits): Outgoing {
  const waiting = createNetworkTally()
  const byCaller = createNetworkTally()
  const refused = new Set<string>()
  let notify = () => {}
  let stopSaving: (() => void) | undefined

  const add = (network: string, caller: string, bytes: number) => {
    waiting.add(network, bytes)
    byCaller.add(caller, bytes)
    if (waiting.inAll() >= limits.saveFromBytes) stopSaving ??= limits.saveMemory()
    else if (waiting.inAll() === 0) {
      stopSaving?.()
      stopSaving = undefined
    }
  }
  const hasRoom = (network: string, bytes: number) => {
    const ofNetwork = waiting.of(network)
    if (waiting.inAll() > 0 && waiting.inAll() + bytes > limits.totalBytes) return false
    return ofNetwork === 0 || ofNetwork + bytes <= limits.networkBytes
  }
  return {
    onSend(request, reply, payload, done) {
      const bytes = sizeOf(payload)
      if (bytes < limits.largeFromBytes || reply.raw.closed) return done(null, payload)
      const [network, caller] = [networkOf(request.visit.address), callerOf(request)]
      if (!hasRoom(network, bytes)) {
        refused.add(caller)
        return done(unread())
      }
      add(network, caller, bytes)
      reply.raw.once('close', () => {
        add(network, caller, -bytes)
        refused.clear()
        notify()
      })
      done(null, payload)
    },
    mustRead(request) {
      const caller = callerOf(request)
      return byCaller.of(caller) >= limits.callerBytes || refused.has(caller)
    },
    afterRead(then) {
      notify = then
    },
    waitMs: limits.waitMs,
  }
}

export function unread(): AppError {
  return new AppError('overloaded', { detail: 'Too many large answers wait to be read. Read them first.' })
}

/**
 * Frees bytes that belong only to this answer as soon as it is sent or refused. Without this, they wait for the garbage
 * collector: while many requests run, V8 moves their promises to the old generation, and the promises keep the bytes.
 */
export function freeWhenSent(reply: AnyReply, { buffer }: Buffer): void {
  reply.raw.once('close', () => {
    // Small buffers share the memory of a pool, which has exactly this size.
    if (buffer instanceof ArrayBuffer && buffer.byteLength !== Buffer.poolSize) buffer.transfer(0)
  })
}

/**
 * The identity of a caller: its account, key or application, in any network. A caller without one is identified by the
 * network.
 */
function callerOf({ caller, visit }: AnyRequest): string {
  return principalId(caller) ?? networkOf(visit.address)
}

export function sizeOf(payload: unknown): number {
  if (typeof payload === 'string') return Buffer.byteLength(payload)
  return Buffer.isBuffer(payload) ? payload.length : 0
}
