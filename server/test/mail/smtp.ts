/** A real SMTP server for the tests, with faults on demand. */
import { createServer, type Server, type Socket } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { until } from '../harness/wait.ts'

export type Received = {
  to: string
  from: string
  messageId: string
  subject: string
  /** The header block as it was received. */
  head: string
  text: string
  html: string
  /** The first link in the text. */
  link: string
  /** The token in the link, after `#token=`. */
  token: string
}

/** An SMTP reply instead of the usual one. */
type Fault = { code: number; message: string }
type Faults = { connect?: Fault; from?: Fault; rcpt?: Fault; data?: Fault }

export type Smtp = {
  url: string
  port: number
  received: Received[]
  /** Those to this address. */
  to(address: string): Received[]
  /** Waits for the next mail to this address, after the first `beyond` mails; by default after those that have arrived. */
  next(address: string, beyond?: number): Promise<Received>
  /** Connections ever made. */
  connections(): number
  /** How many of them have ended. */
  ended(): number
  /** Gives these answers from now on; an empty object ends this. */
  fail(where: Faults): void
  /** From now on clients wait for the answer to their recipient or their mail, until `release` is called. */
  hold(where: 'rcpt' | 'data'): { reached: Promise<void>; release(): void }
  stop(): Promise<void>
}

export async function startSmtp(
  options: { port?: number; host?: string; tls?: 'self-signed' } = {},
): Promise<Smtp> {
  const host = options.host ?? '127.0.0.1'
  const received: Received[] = []
  let faults: Faults = {}
  const gates = new Map<'rcpt' | 'data', { reach(): void; opened: Promise<void> }>()
  const pass = async (where: 'rcpt' | 'data') => {
    gates.get(where)?.reach()
    await gates.get(where)?.opened
  }
  let connections = 0
  let ended = 0
  const refuse = ({ code, message }: Fault) => Object.assign(new Error(message), { responseCode: code })
  const server = new SMTPServer({
    authOptional: true,
    disableReverseLookup: true,
    ...(options.tls === 'self-signed' ? {} : { disabledCommands: ['STARTTLS'] }),
    closeTimeout: 100,
    logger: false,
    onConnect(_, done) {
      connections += 1
      done(faults.connect && refuse(faults.connect))
    },
    onClose() {
      ended += 1
    },
    onAuth: (auth, _, done) => done(null, { user: auth.username }),
    onMailFrom: (_, __, done) => done(faults.from && refuse(faults.from)),
    onRcptTo: (_, __, done) => void pass('rcpt').then(() => done(faults.rcpt && refuse(faults.rcpt))),
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        if (faults.data) return done(refuse(faults.data))
        const { mailFrom, rcptTo } = session.envelope
        const from = mailFrom === false ? '' : mailFrom.address
        received.push(parseMail(Buffer.concat(chunks).toString('utf8'), rcptTo[0]!.address, from))
        void pass('data').then(() => done(null))
      })
    },
  })
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, host, resolve))
  const { port } = server.server.address() as { port: number }
  const to = (address: string) => received.filter((mail) => mail.to === address)
  return {
    url: `smtp://${host}:${port}`,
    port,
    received,
    to,
    async next(address, beyond = to(address).length) {
      return until(() => to(address)[beyond], `a mail to ${address}`)
    },
    connections: () => connections,
    fail: (where) => {
      faults = where
    },
    ended: () => ended,
    hold(where) {
      const [reached, opened] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      gates.set(where, { reach: reached.resolve, opened: opened.promise })
      return {
        reached: reached.promise,
        release() {
          gates.delete(where)
          opened.resolve()
        },
      }
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

/** A server that accepts connections and never answers. */
export async function startBlackHole(
  port = 0,
): Promise<{ url: string; port: number; stop(): Promise<void> }> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const bound = (server.address() as { port: number }).port
  return {
    url: `smtp://127.0.0.1:${bound}`,
    port: bound,
    stop() {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

function parseMail(raw: string, to: string, from: string): Received {
  const [head, body] = split(raw)
  const boundary = /boundary="([^"]+)"/.exec(head)?.[1]
  const parts = boundary === undefined ? [raw] : body.split(`--${boundary}`).slice(1, -1)
  const textOf = (type: string) => {
    const [partHead, content] = split(
      parts.find((part) => split(part)[0].includes(type))?.trimStart() ?? '\r\n\r\n',
    )
    return decode(content, /Content-Transfer-Encoding: *(\S+)/i.exec(partHead)?.[1] ?? '7bit')
  }
  const text = textOf('text/plain')
  const link = /https?:\/\/\S+/.exec(text)?.[0] ?? ''
  return {
    to,
    from,
    head,
    messageId: /^Message-ID: *(\S+)/im.exec(head)?.[1] ?? '',
    subject: /^Subject: *(.*)$/im.exec(head)?.[1] ?? '',
    text,
    html: textOf('text/html'),
    link,
    token: link.split('#token=')[1] ?? '',
  }
}

function split(part: string): [string, string] {
  const at = part.indexOf('\r\n\r\n')
  return at === -1 ? ['', part] : [part.slice(0, at), part.slice(at + 4)]
}

function decode(content: string, encoding: string): string {
  if (encoding === 'base64') return Buffer.from(content, 'base64').toString('utf8')
  if (encoding !== 'quoted-printable') return content
  const bytes = content
    .replaceAll('=\r\n', '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
