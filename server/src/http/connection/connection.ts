/** Answers invalid messages, and ends connections whose request was not read completely. */
import { type IncomingMessage, type Server, ServerResponse, STATUS_CODES } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { newId } from '../../clock.ts'
import { AppError, type ErrorCode } from '../../errors.ts'
import type { Log } from '../../log/log.ts'
import type { AddressOf } from '../message/address.ts'
import { everyMethod } from '../message/methods.ts'
import { requestId } from '../message/request-id.ts'
import { problemDocument, problemJson } from '../problems/document.ts'

/** To keep a connection, up to this number of bytes of an unused body is read and dropped. */
const droppedBytes = 64 * 1024
/** How long a closing connection still reads, so that a sending client gets the answer and not a reset. */
const lingerMs = 500
const hurryMs = 5_000

/** Whether more of the body may follow than should be read. */
export function isBodyPending(request: IncomingMessage): boolean {
  if (request.complete) return false
  if (request.headers['transfer-encoding'] !== undefined) return true
  return Number(request.headers['content-length'] ?? 0) > droppedBytes
}

/** After the answer is sent, closes our side of the socket and drops received bytes for a short time. */
export function closeAfterAnswer(request: IncomingMessage): void {
  const socket = request.socket
  socket.destroySoon = () => {
    socket.end()
    setTimeout(() => socket.destroy(), lingerMs).unref()
  }
}

/** Waits only a few seconds for the rest of a dropped body, so that it cannot block the connection. */
export function hurryBody(request: IncomingMessage): void {
  setTimeout(() => {
    if (!request.complete) request.socket.destroy()
  }, hurryMs).unref()
}

/**
 * After an answer that did not need the whole body, reads the rest of the body, so that the next request of the
 * connection can be read.
 */
export function dropRest(request: IncomingMessage): void {
  if (request.complete) return
  request.resume()
  hurryBody(request)
}

export type RawAnswers = {
  /** Refuses a request before it is routed, and closes the connection. */
  refuse(request: IncomingMessage, response: ServerResponse, code: ErrorCode, detail?: string): void
  /** Answers on the raw socket, for messages that the parser refused. */
  refuseSocket(socket: Duplex, code: ErrorCode, detail?: string): void
}

type RawAnswer = { id: string; status: number; headers: Record<string, string>; body: string }

export function rawAnswers(
  publicUrl: string,
  headers: Readonly<Record<string, string>>,
  addressOf: AddressOf,
  log: Log,
): RawAnswers {
  const answerOf = (id: string, code: ErrorCode, detail: string | undefined): RawAnswer => {
    const error = new AppError(code, detail === undefined ? {} : { detail })
    const body = problemDocument(error, publicUrl, id)
    const own = {
      ...(code === 'method_not_allowed' ? { allow: everyMethod } : {}),
      'x-request-id': id,
      'content-type': problemJson,
      'content-length': String(Buffer.byteLength(body)),
      connection: 'close',
    }
    return { id, status: error.status, headers: { ...headers, ...own }, body }
  }
  return {
    refuse(request, response, code, detail) {
      const answer = answerOf(requestId(request), code, detail)
      closeAfterAnswer(request)
      response.writeHead(answer.status, answer.headers)
      response.end(answer.body)
      logAnswer(log, answer, request.method ?? null, addressOf(request))
    },
    refuseSocket(socket, code, detail) {
      const answer = answerOf(newId(), code, detail)
      const lines = Object.entries(answer.headers).map(([name, value]) => `${name}: ${value}\r\n`)
      const status = `${answer.status} ${STATUS_CODES[answer.status]}`
      socket.end(`HTTP/1.1 ${status}\r\n${lines.join('')}\r\n${answer.body}`)
      setTimeout(() => socket.destroy(), lingerMs).unref()
      logAnswer(log, answer, null, socket instanceof Socket ? (socket.remoteAddress ?? null) : null)
    },
  }
}

function logAnswer(log: Log, answer: RawAnswer, method: string | null, address: string | null): void {
  log.info({ request_id: answer.id, method, route: null, status: answer.status, duration_ms: 0, address })
}

type ParserError = Error & { code?: string; rawPacket?: Buffer }

/** Answers parser errors, failed expectations and CONNECT. */
export function answerBrokenMessages(server: Server, answers: RawAnswers): void {
  server.on('clientError', (error: ParserError, socket: Duplex) => {
    const current = '_httpMessage' in socket ? socket._httpMessage : undefined
    const isAnswering = current instanceof ServerResponse && current.headersSent
    if (error.code === 'ECONNRESET' || !socket.writable || isAnswering) {
      socket.destroy()
      return
    }
    answers.refuseSocket(socket, codeOf(error))
  })
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    answers.refuse(request, response, 'expectation_failed')
  })
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    answers.refuseSocket(socket, 'method_not_allowed')
  })
}

function codeOf(error: ParserError): ErrorCode {
  if (error.code === 'HPE_HEADER_OVERFLOW') {
    return hasLongTarget(error.rawPacket) ? 'uri_too_long' : 'headers_too_large'
  }
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'request_timeout'
  if (error.code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return 'body_too_large'
  return 'bad_request'
}

/** Whether a packet begins a request whose first line does not end within 8 KiB. */
function hasLongTarget(packet: Buffer | undefined): boolean {
  if (packet === undefined || !/^[A-Z]{3,10} [/h]/.test(packet.toString('latin1', 0, 16))) return false
  const end = packet.indexOf('\n')
  return end === -1 || end > 8 * 1024
}
