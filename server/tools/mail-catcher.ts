/**
 * Takes mails and sends none: writes each into the folder `mails/`, for development. `node server/tools/mail-catcher.ts --port 1025`
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { SMTPServer } from 'smtp-server'

const { values } = parseArgs({ options: { port: { type: 'string', default: '1025' } } })
mkdirSync('mails', { recursive: true })
let count = 0

const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  disableReverseLookup: true,
  onData(stream, session, done) {
    const parts: Buffer[] = []
    stream.on('data', (part: Buffer) => parts.push(part))
    stream.on('end', () => {
      count += 1
      const [recipient] = session.envelope.rcptTo
      const name = `mails/${count}-${recipient?.address.replace(/[^\w.@-]/g, '_')}.txt`
      writeFileSync(name, readable(Buffer.concat(parts).toString('latin1')), 'latin1')
      done()
    })
  },
})
/** Without quoted-printable (RFC 2045 §6.7), so that links are whole. */
function readable(mail: string): string {
  return mail
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 16)))
}

server.listen(Number(values.port), '127.0.0.1', () =>
  console.log(`takes mails at smtp://localhost:${values.port}`),
)
