/** Finds the ends of JSON values in a stream of bytes. Only strings and brackets are tracked. */
import { maxRecordBytes } from './source-record.ts'

const byteOf = (text: string) => text.charCodeAt(0)

export const bytes = {
  quote: byteOf('"'),
  backslash: byteOf('\\'),
  comma: byteOf(','),
  colon: byteOf(':'),
  openObject: byteOf('{'),
  closeObject: byteOf('}'),
  openList: byteOf('['),
  closeList: byteOf(']'),
} as const

export const blanks: ReadonlySet<number> = new Set([...' \n\r\t'].map(byteOf))
export const scalarStarts: ReadonlySet<number> = new Set([...'-0123456789tfn'].map(byteOf))
const scalarEnds: ReadonlySet<number> = new Set([...' \n\r\t,]}'].map(byteOf))

/** An incomplete string, object or list. */
export type Open = { inText: boolean; escaped: boolean; closers: number[] }

/** Deeper brackets are not tracked. */
const deepest = 1000

export function openText(): Open {
  return { inText: true, escaped: false, closers: [] }
}

export function openContainer(bracket: number): Open {
  return { inText: false, escaped: false, closers: [closerOf(bracket)] }
}

function closerOf(bracket: number): number {
  return bracket === bytes.openObject ? bytes.closeObject : bytes.closeList
}

/**
 * The position after the end of the open value; undefined if it does not end in this chunk, `~position` if brackets do
 * not match.
 */
export function findEnd(open: Open, chunk: Buffer, from: number): number | undefined {
  const { closers } = open
  let { inText, escaped } = open
  for (let position = from; position < chunk.length; position++) {
    const byte = chunk[position]!
    if (inText) {
      if (escaped) escaped = false
      else if (byte === bytes.backslash) escaped = true
      else if (byte === bytes.quote) {
        if (closers.length === 0) return position + 1
        inText = false
      }
    } else if (byte === bytes.quote) inText = true
    else if (byte === bytes.openObject || byte === bytes.openList) {
      if (closers.length === deepest) return ~position
      closers.push(closerOf(byte))
    } else if (byte === bytes.closeObject || byte === bytes.closeList) {
      if (closers.pop() !== byte) return ~position
      if (closers.length === 0) return position + 1
    }
  }
  open.inText = inText
  open.escaped = escaped
  return undefined
}

/** The position after a number, `true`, `false` or `null`; undefined if it may continue in the next chunk. */
export function findScalarEnd(chunk: Buffer, from: number): number | undefined {
  for (let position = from; position < chunk.length; position++) {
    if (scalarEnds.has(chunk[position]!)) return position
  }
  return undefined
}

/** Bytes kept across chunks, up to the size of a record. */
export type Capture = { parts: Buffer[]; size: number; from: number | undefined }

export function createCapture(): Capture {
  return { parts: [], size: 0, from: undefined }
}

export function startCapture(capture: Capture, from: number): void {
  Object.assign(capture, { parts: [], size: 0, from })
}

export function dropCapture(capture: Capture): void {
  Object.assign(capture, { parts: [], size: 0, from: undefined })
}

/** Copies the captured part of this chunk, before the chunk is released. */
export function carryCapture(capture: Capture, chunk: Buffer): void {
  if (capture.from === undefined) return
  const part = chunk.subarray(capture.from)
  capture.size += part.length
  if (capture.size > maxRecordBytes) capture.parts = []
  else capture.parts.push(Buffer.from(part))
  capture.from = 0
}

/** Ends the capture before `end`. Undefined if it exceeds the maximum size of a record. */
export function takeCapture(capture: Capture, chunk: Buffer, end: number): Buffer | undefined {
  const last = chunk.subarray(capture.from ?? end, end)
  const { parts, size } = capture
  dropCapture(capture)
  if (size + last.length > maxRecordBytes) return undefined
  return parts.length === 0 ? last : Buffer.concat([...parts, last])
}
