/** The operational log: JSON lines on stdout, one for each request and event, readable text on a terminal. */

import { type DestinationStream, destination, type Logger, pino, symbols } from 'pino'
import { instant, nowMs } from '../clock.ts'
import { thrown } from '../errors.ts'
import { terminalLine } from './terminal-log.ts'

export type Log = Logger
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'

const flushEveryMs = 1_000
const gatheredLength = 16_000
const maxBufferedBytes = 8 * 1024 * 1024

/**
 * Lines are buffered and written once a second, at the end of the process, and by `flushLog`. Callers choose what is
 * logged of a request: no query strings, headers, bodies, names or e-mail addresses. `members` are added to every line.
 */
export function createLog(level: LogLevel, output?: DestinationStream, members?: () => object): Log {
  return pino(
    {
      level,
      base: null,
      timestamp,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError },
      ...(members && { mixin: members }),
    },
    output ?? standardOutput(),
  )
}

let stampedMs = 0
let stamp = ''

/** Formatted once for all lines of a millisecond. */
function timestamp(): string {
  const ms = nowMs()
  if (ms !== stampedMs) {
    stampedMs = ms
    stamp = `,"time":"${instant(ms)}"`
  }
  return stamp
}

/**
 * Writes a line of the level `info` with members that are already JSON text. It is used for the line of each request,
 * because formatting an object takes several times as long.
 */
export function writeInfo(log: Log, members: string): void {
  if (!log.isLevelEnabled('info')) return
  const stream = (log as unknown as Record<symbol, DestinationStream>)[symbols.streamSym]!
  stream.write(`{"level":"info"${timestamp()},${members}}\n`)
}

/** Writes the buffered lines. */
export function flushLog(log: Log): void {
  log.flush()
}

function standardOutput(): DestinationStream {
  if (process.stdout.isTTY)
    return { write: (line) => void process.stdout.write(terminalLine(line, process.stdout.hasColors())) }
  const stream = destination({ fd: 1, sync: false, maxLength: maxBufferedBytes })
  stream.on('error', () => {}) // With a full disk or a closed pipe, lines are lost but requests succeed.
  const gathered = gather(stream)
  setInterval(gathered.flush, flushEveryMs).unref()
  process.on('exit', gathered.flushSync)
  return gathered
}

/** Writes many lines together, because the stream measures and copies each chunk. */
function gather(stream: ReturnType<typeof destination>) {
  let lines: string[] = []
  let length = 0
  const handOver = () => {
    if (length === 0) return
    stream.write(lines.join(''))
    lines = []
    length = 0
  }
  return {
    write(line: string) {
      lines.push(line)
      length += line.length
      if (length >= gatheredLength) handOver()
    },
    flush() {
      handOver()
      stream.flush()
    },
    flushSync() {
      handOver()
      stream.flushSync()
    },
  }
}

type LoggedError = { type: string; message: string; code?: string; stack?: string; cause?: LoggedError }

/**
 * The type, message, code, stack and causes of an error. Other properties are left out, because drivers store values
 * there.
 */
export function describeError(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) }
  const described: LoggedError = { type: error.name, message: error.message }
  const code = thrown(error).code
  if (typeof code === 'string') described.code = code
  if (error.stack !== undefined) described.stack = error.stack
  if (error.cause !== undefined && depth < 4) described.cause = describeError(error.cause, depth + 1)
  return described
}
