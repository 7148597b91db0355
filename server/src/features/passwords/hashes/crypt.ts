/**
 * Functions that the crypt(3) families share. Bytes are stored in strings with one character for each byte (`binary`):
 * concatenating and hashing them is twice as fast as with buffers.
 */
import { hash } from 'node:crypto'

const alphabet = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** The UTF-8 bytes of a password. */
export function toBytes(password: string): string {
  return Buffer.from(password).toString('binary')
}

export function digest(algorithm: 'md5' | 'sha256' | 'sha512', bytes: string): string {
  return hash(algorithm, Buffer.from(bytes, 'binary'), 'binary')
}

/** Repeats `bytes` up to the length `length`. */
export function fill(bytes: string, length: number): string {
  return bytes.repeat(Math.ceil(length / bytes.length)).slice(0, length)
}

/** The base 64 of crypt(3): three bytes become four characters, the lowest six bits first. */
export function toCrypt64(bytes: string): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 3) {
    const group = bytes.slice(at, at + 3)
    let value = [...group].reduceRight((sum, byte) => (sum << 8) | byte.charCodeAt(0), 0)
    for (let characters = group.length + 1; characters > 0; characters--) {
      text += alphabet[value & 0x3f]
      value >>= 6
    }
  }
  return text
}

/** The value of a character of this base 64. */
export function fromCrypt64(character: string): number {
  return alphabet.indexOf(character)
}

/** The bytes reordered by their positions. */
export function reorder(bytes: string, order: readonly number[]): string {
  return order.map((position) => bytes.charAt(position)).join('')
}
