/**
 * Large answers wait in memory until their client has read them. The number of waiting bytes is limited for each network
 * and in total, so that slow clients cannot fill the memory.
 */
import { AppError } from '../../errors.ts'
import { networkOf } from '../message/address.ts'
import type { AnyReply, AnyRequest } from '../types.ts'
import { createNetworkTally } from './network-tally.ts'

export type OutgoingLimits = { totalBytes: number; networkBytes: number; largeFromBytes: number }

const mebibyte = 1024 * 1024
export const defaultOutgoingLimits: OutgoingLimits = {
  totalBytes: 48 * mebibyte,
  networkBytes: 16 * mebibyte,
  largeFromBytes: 64 * 1024,
}

export type OnSend = (
  request: AnyRequest,
  reply: AnyReply,
  payload: unknown,
  done: (error: Error | null, payload?: unknown) => void,
) => void

/** The hook of routes whose answers can be large. It refuses an answer above the limit with `overloaded`. */
export function limitOutgoing(limits: OutgoingLimits): OnSend {
  const waiting = createNetworkTally()
  return (request, reply, payload, done) => {
    const bytes = sizeOf(payload)
    if (bytes < limits.largeFromBytes || reply.raw.closed) return done(null, payload)
    const network = networkOf(request.visit.address)
    const ofNetwork = waiting.of(network)
    const isFull = waiting.inAll() > 0 && waiting.inAll() + bytes > limits.totalBytes
    if (isFull || (ofNetwork > 0 && ofNetwork + bytes > limits.networkBytes))
      return done(
        new AppError('overloaded', { detail: 'Too many large answers wait to be read. Read them first.' }),
      )
    waiting.add(network, bytes)
    reply.raw.once('close', () => waiting.add(network, -bytes))
    done(null, payload)
  }
}

function sizeOf(payload: unknown): number {
  if (typeof payload === 'string') return Buffer.byteLength(payload)
  return Buffer.isBuffer(payload) ? payload.length : 0
}
