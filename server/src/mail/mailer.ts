/** Sends mails to the SMTP server, or prints them in development. */
import { Readable } from 'node:stream'
import type { SendMailOptions } from 'nodemailer'
import { type Config, ConfigError } from '../config.ts'
import { thrown } from '../errors.ts'
import type { Log } from '../log/log.ts'
import { isLoopback } from '../settings/values.ts'

export type Mail = {
  /** The id in the outbox. The `Message-ID` is derived from it, so that a duplicate can be recognised. */
  id: string
  /** The local part unchanged, the domain in ASCII. */
  to: { address: string }
  subject: string
  text: string
  html: string
}

/**
 * `refused`: the server will never accept this mail. `deferred`: it does not accept this mail now. `unreachable`: it
 * accepts no mail now. A reason contains only codes, never addresses, links or texts of the server.
 */
export type Delivery =
  | { outcome: 'sent' }
  | { outcome: 'refused' | 'deferred' | 'unreachable'; reason: string }

export type Mailer = {
  /**
   * Takes at most 20 seconds and never throws. `mayEnd` is called when the server has everything except the end of the
   * mail, which is sent after it resolves.
   */
  deliver(mail: Mail, mayEnd: () => Promise<void>, signal: AbortSignal): Promise<Delivery>
  /** The number of mails that may be delivered concurrently. */
  width: number
  close(): void
}

const connectMs = 5_000
const totalMs = 20_000
const connections = 5

/**
 * Without a mail server, mails are printed in development. In production they stay in the queue, because their links are
 * secrets.
 */
export function createMailer(
  { mailUrl, mailFrom, production }: Pick<Config, 'mailUrl' | 'mailFrom' | 'production'>,
  log: Log,
): Mailer | null {
  if (mailUrl !== null) {
    if (mayBePlain(mailUrl))
      log.warn(
        { event: 'mail.may_be_plain' },
        'mails go out unencrypted when the mail server offers no TLS; add ?tls=required to ROSTER_MAIL_URL, or use smtps://',
      )
    return createSmtpMailer({ url: mailUrl, from: mailFrom })
  }
  return production ? null : createPrintingMailer(log)
}

/** Whether links could be sent unencrypted to another machine. */
function mayBePlain(mailUrl: string): boolean {
  const { protocol, hostname, username, searchParams } = new URL(mailUrl)
  const isSafe = protocol === 'smtps:' || username !== '' || searchParams.get('tls') === 'required'
  return !isSafe && !isLoopback(hostname)
}

/** For development: logs the complete mail, including links. */
function createPrintingMailer(log: Log): Mailer {
  return {
    width: connections,
    async deliver({ id, to, subject, text }, mayEnd) {
      await mayEnd()
      log.info({ event: 'mail.printed', mail_id: id, to: to.address, subject }, text)
      return { outcome: 'sent' }
    },
    close() {},
  }
}

/**
 * `url` is `smtp://` or `smtps://` with the credentials; `from` a name and an address. TLS is used if the server offers
 * it. The certificate must be valid, except on this machine. A password is never sent to another machine without TLS.
 * @throws ConfigError when `from` is not an address
 */
export function createSmtpMailer({ url, from }: { url: string; from: string }): Mailer {
  const sender = senderOf(from)
  const domain = sender.address.split('@').at(-1)!
  let transport: ReturnType<typeof openTransport> | undefined
  return {
    width: connections,
    async deliver({ id, to, subject, text, html }, mayEnd, signal) {
      const limit = limited(signal)
      try {
        transport ??= openTransport(url)
        const { sendMail } = await transport
        const mail: GatedMail = {
          mayEnd,
          from: sender,
          to: { name: '', address: to.address },
          envelope: { from: sender.address, to: [to.address] },
          messageId: `<${id}@${domain}>`,
          subject,
          text,
          html,
          headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
          disableFileAccess: true,
          disableUrlAccess: true,
          signal: limit.signal,
        }
        await sendMail(mail)
        return { outcome: 'sent' }
      } catch (error) {
        return deliveryOf(error)
      } finally {
        limit.release()
      }
    },
    close() {
      void transport?.then(({ close }) => close())
    },
  }
}

/** Loaded at the first mail, because most commands send none. */
async function openTransport(text: string) {
  const { createTransport } = await import('nodemailer')
  const url = new URL(text)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const isLocal = isLoopback(host)
  const mustEncrypt = url.searchParams.get('tls') === 'required' || (!isLocal && url.username !== '')
  const user = decodeURIComponent(url.username)
  const secure = url.protocol === 'smtps:'
  const transport = createTransport({
    pool: true,
    host,
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    requireTLS: !secure && mustEncrypt,
    ...(user === '' ? {} : { auth: { user, pass: decodeURIComponent(url.password) } }),
    tls: { rejectUnauthorized: !isLocal },
    maxConnections: connections,
    maxRequeues: 0, // the outbox retries
    connectionTimeout: connectMs,
    greetingTimeout: connectMs,
    dnsTimeout: connectMs,
    socketTimeout: totalMs,
    idleTimeout: 5_000,
    socketCloseTimeout: 1_000,
  })
  transport.use('stream', ({ data, message }, done) => {
    message.processFunc((content) => endWhenAllowed(content, (data as GatedMail).mayEnd))
    done()
  })
  return {
    sendMail: (mail: GatedMail) => transport.sendMail(mail),
    close: () => transport.close(),
  }
}

/**
 * Aborts with `signal` or after the timeout. Release it after use, so that listeners of the long-lived signal do not
 * accumulate.
 */
function limited(signal: AbortSignal): { signal: AbortSignal; release(): void } {
  const controller = new AbortController()
  const abort = () => controller.abort()
  const timer = setTimeout(abort, totalMs).unref()
  signal.addEventListener('abort', abort)
  return {
    signal: controller.signal,
    release() {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
    },
  }
}

type GatedMail = SendMailOptions & { mayEnd(): Promise<void> }

/**
 * The content of a mail, whose end is sent only when it is allowed. The content is read after the server has accepted the
 * recipient: a transform would buffer a short mail, and ask for the permission before the connection is open.
 */
function endWhenAllowed(content: Readable, mayEnd: () => Promise<void>): Readable {
  return Readable.from(
    (async function* () {
      yield* content
      await mayEnd()
    })(),
    { objectMode: false },
  )
}

/**
 * Parses `Roster <roster@example.com>` or a single address to an object, so that no header is composed of texts.
 * @throws ConfigError
 */
function senderOf(from: string): { name: string; address: string } {
  const [, name = '', address = from.trim()] = /^\s*"?([^"<]*?)"?\s*<([^<>]*)>\s*$/.exec(from) ?? []
  if (!/^[^\s@<>,;]+@[^\s@<>,;]+$/.test(address))
    throw new ConfigError('ROSTER_MAIL_FROM must be an address, or a name and an <address>')
  return { name, address }
}

/** Classifies a failure: permanent for this mail, temporary for this mail, or of the server. */
function deliveryOf(error: unknown): Delivery {
  const { code = 'unknown', command = '', responseCode, response = '', message } = thrown(error)
  const status = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(response)?.[1]
  const reason = [code, command, responseCode, status, detailOf(message)].filter(Boolean).join(' ')
  const isAboutMail = /^(RCPT TO|DATA)/.test(command) || code === 'EMESSAGE'
  if (code === 'EENVELOPE' && responseCode === undefined) return { outcome: 'refused', reason }
  if (!isAboutMail || responseCode === undefined || responseCode === 421)
    return { outcome: 'unreachable', reason }
  // 5yz is permanent, including policies (5.7.x); greylisting uses 4yz (RFC 5321 §4.2.1, RFC 6647). 503 is about the
  // order of commands, not about the mail.
  const isFinal = responseCode >= 500 && responseCode !== 503
  return { outcome: isFinal ? 'refused' : 'deferred', reason }
}

/** The reason of a socket error: the code of the system, or the certificate. */
function detailOf(message: string): string | undefined {
  return /certificate|altnames/i.test(message)
    ? 'certificate'
    : /\bE(?:CONN|HOST|NET|ADDR|AI_|PIPE|NOTFOUND)[A-Z_]*/.exec(message)?.[0]
}
