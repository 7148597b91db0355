/** The log on a terminal: one line for each request and event. */
import { styleText } from 'node:util'
import { isJsonObject } from '../encoding/json-object.ts'

type Style = 'gray' | 'green' | 'yellow' | 'red'
type Entry = Record<string, unknown> & { level: string; time: string; msg?: string }
type Failure = { message?: string; stack?: string }

const styles: Readonly<Record<string, Style>> = { info: 'green', warn: 'yellow', error: 'red', fatal: 'red' }
/** Members of every request that are rarely needed on a terminal. */
const left = new Set([
  'level',
  'time',
  'msg',
  'method',
  'route',
  'status',
  'duration_ms',
  'err',
  'event',
  'address',
])

/**
 * A line of JSON as text. A printed mail, and the stack of an error that the client did not cause, follow on separate
 * lines.
 */
export function terminalLine(json: string, hasColours: boolean): string {
  const entry: Entry = JSON.parse(json)
  const paint = (style: Style, text: string) =>
    hasColours ? styleText(style, text, { validateStream: false }) : text
  const failure: Failure | undefined = isJsonObject(entry['err']) ? entry['err'] : undefined
  const isRequest = typeof entry['method'] === 'string'
  const status = Number(entry['status'])
  const message = entry['event'] === 'mail.printed' ? undefined : entry.msg
  const head = isRequest
    ? `${entry['method']} ${entry['route'] ?? '(no route)'} ${paint(status < 400 ? 'green' : status < 500 ? 'yellow' : 'red', String(status))} ${entry['duration_ms']} ms`
    : [entry['event'], message].filter(Boolean).join(': ')
  const isClients = isRequest && status < 500
  const rest = Object.entries(entry)
    .filter(([name]) => !left.has(name) && !(isRequest && name === 'user_id'))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  const time = paint('gray', new Date(entry.time).toTimeString().slice(0, 8))
  const level =
    entry.level === 'info' ? '' : `${paint(styles[entry.level] ?? 'gray', entry.level.toUpperCase())} `
  const why = isClients && failure?.message ? ` ${plain(failure.message)}` : ''
  const line = `${time} ${level}${plain(head, hasColours)}${why}${rest.length > 0 ? ` ${paint('gray', plain(rest.join(' ')))}` : ''}\n`
  if (entry['event'] === 'mail.printed') return `${line}${entry.msg}\n`
  return failure?.stack && !isClients ? `${line}${failure.stack}\n` : line
}

/** One line; line breaks inside, as in mails, are escaped readably. */
function plain(text: string, keepsColours = false): string {
  const withoutBreaks = text.replace(/\s*\r?\n\s*/g, ' ⏎ ')
  return keepsColours ? withoutBreaks : withoutBreaks.replace(/\p{Cc}/gu, '\ufffd')
}
