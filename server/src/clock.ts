/**
 * The only source of time and randomness, so that tests can move the clock. The architecture test forbids other sources.
 */
import { randomBytes, randomFillSync } from 'node:crypto'

let offsetMs = 0
let monotonicOffsetMs = 0
/** The time of the database at monotonic zero; undefined while the clock of this machine is used. */
let databaseZeroMs: number | undefined
let lastMs = 0
let sequence = 0

/**
 * Milliseconds since the epoch, by the clock of the database once it has been read. So replicas use one clock, and jumps
 * of this machine's clock have no effect.
 */
export function nowMs(): number {
  return (
    (databaseZeroMs === undefined ? Date.now() : Math.floor(databaseZeroMs + performance.now())) + offsetMs
  )
}

/** The time is corrected when the clock of the database differs by more than this. Smaller differences are noise. */
const tolerableMs = 100

/**
 * Follows the clock of the database, which was `databaseMs` at the monotonic time `atMs`.
 * @returns the milliseconds by which the clock of this machine is ahead
 */
export function followClock(databaseMs: number, atMs: number): number {
  const zeroMs = databaseMs - (atMs - monotonicOffsetMs)
  if (databaseZeroMs === undefined || Math.abs(zeroMs - databaseZeroMs) > tolerableMs) databaseZeroMs = zeroMs
  return Date.now() - performance.now() - zeroMs
}

/** This instant as RFC 3339 UTC text with milliseconds: `2026-11-23T03:04:05.678Z`. */
export function now(): string {
  return instant(nowMs())
}

/** Milliseconds since the epoch as RFC 3339 UTC text. */
export function instant(ms: number): string {
  return new Date(ms).toISOString()
}

/** The instant `seconds` from now (negative: ago). */
export function fromNow(seconds: number): string {
  return instant(nowMs() + seconds * 1000)
}

/** Moves the clock of this process by `seconds`, for tests of expiry. */
export function shiftClock(seconds: number): void {
  offsetMs += seconds * 1000
}

/** The monotonic time in milliseconds, for durations; jumps of the clock do not affect it. */
export function monotonicMs(): number {
  return performance.now() + monotonicOffsetMs
}

/**
 * Moves the monotonic time of this process forward by `seconds`, for tests: caches and pauses expire. `now()` and timers
 * do not move.
 */
export function passTime(seconds: number): void {
  monotonicOffsetMs += seconds * 1000
}

/**
 * A new UUIDv7 (RFC 9562 §5.7): 48 bits of milliseconds, a 12-bit counter within the millisecond, 62 random bits. Ids of
 * one process sort in the order of their creation. An id is never a secret.
 */
export function newId(): string {
  const ms = nowMs()
  if (ms > lastMs) {
    lastMs = ms
    sequence = 0
  } else {
    sequence += 1
    if (sequence > 0xfff) {
      lastMs += 1
      sequence = 0
    }
  }
  const bytes = draw(16)
  bytes.writeUIntBE(lastMs, 0, 6)
  bytes[6] = 0x70 | (sequence >> 8)
  bytes[7] = sequence & 0xff
  bytes[8] = 0x80 | (bytes[8]! & 0x3f)
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

const pool = Buffer.alloc(4096)
let poolAt = pool.length

/** Random bytes from a larger buffer, because a system call for a few bytes is expensive. */
function draw(length: number): Buffer {
  if (length > pool.length / 16) return randomBytes(length)
  if (poolAt + length > pool.length) {
    randomFillSync(pool)
    poolAt = 0
  }
  const bytes = Buffer.from(pool.subarray(poolAt, poolAt + length))
  // Cleared, so that the memory keeps no secret that was generated from these bytes.
  pool.fill(0, poolAt, poolAt + length)
  poolAt += length
  return bytes
}

/** 256 random bits as 43 characters of base64url. */
export function newSecret(): string {
  return draw(32).toString('base64url')
}

/** `length` random bytes, for salts and initialisation vectors. */
export function newBytes(length: number): Buffer {
  return draw(length)
}

/** A random number in [0, 1), for jitter. Never for secrets. */
export function jitter(): number {
  return draw(4).readUInt32BE() / 2 ** 32
}
