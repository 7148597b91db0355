/** Password files with a line for each account: `htpasswd` of web servers, and `/etc/shadow`. */
import { isUtf8 } from 'node:buffer'
import { nowMs } from '../../../../clock.ts'
import type { ImportedUser } from '../../imported-user.ts'
import { type Fields, ignore, takeText, takeWord, userOfParts } from '../fields.ts'
import { createFormat } from '../format.ts'
import { faultItem, maxRecordBytes, type SourceRecord, tooLarge } from '../source-record.ts'

/** `names`: the names of the colon-separated parts of a line. */
function linesWith(names: readonly string[]) {
  return async function* (input: AsyncIterable<Buffer>): AsyncGenerator<SourceRecord[]> {
    let rest = ''
    let row = 0
    const recordOf = (line: string): SourceRecord[] => {
      row += 1
      const bytes = Buffer.from(line, 'latin1')
      if (line.trim() === '' || line.startsWith('#')) return []
      if (!isUtf8(bytes)) return [faultItem(row, 'not_utf8', 'The line is not valid UTF-8.')]
      const parts = bytes.toString('utf8').split(':')
      return [{ row, members: Object.fromEntries(names.map((name, at) => [name, parts[at] ?? ''])) }]
    }
    for await (const chunk of input) {
      const lines = (rest + chunk.toString('latin1')).split(/\r?\n/)
      rest = lines.pop() ?? ''
      yield lines.flatMap(recordOf)
      if (rest.length > maxRecordBytes) return yield [tooLarge(row + 1)]
    }
    yield recordOf(rest)
  }
}

/** The format that all of the first non-empty lines match. */
function signOf(shape: RegExp, sign: string) {
  return (head: string): string | undefined => {
    const lines = head.replace(/^\ufeff/, '').split(/\r?\n/)
    // The last line may be incomplete.
    const whole = lines.length > 1 ? lines.slice(0, -1) : lines
    const said = whole.filter((line) => line.trim() !== '' && !line.startsWith('#')).slice(0, 20)
    return said.length > 0 && said.every((line) => shape.test(line)) ? sign : undefined
  }
}

function readHtpasswd(fields: Fields): ImportedUser {
  return userOfParts(fields, {
    username: takeWord(fields, 'username'),
    status: 'active',
    password_hash: takeWord(fields, 'password'),
  })
}

const dayMs = 86_400_000

function readShadow(fields: Fields): ImportedUser | { skipped: string } {
  const text = takeText(fields, 'password') ?? ''
  const isLocked = /^!+[$.\w]/.test(text)
  const hash = text.replace(/^!+/, '')
  if (/^[*!x]*$|^\*.*\*?$/.test(text)) return { skipped: 'an account without a password' }
  const expires = takeWord(fields, 'expires')
  const isExpired = expires !== undefined && Number(expires) * dayMs <= nowMs()
  ignore(fields, 'changed', 'minimum', 'maximum', 'warning', 'inactive', 'reserved')
  return userOfParts(fields, {
    username: takeWord(fields, 'username'),
    status: isLocked || isExpired ? 'disabled' : 'active',
    password_hash: hash,
  })
}

export const passwordFiles = [
  createFormat({
    name: 'htpasswd',
    likeness: () => 0,
    userReader: () => readHtpasswd,
    text: {
      sign: signOf(
        // Unsupported schemes match too, so that only their rows fail. A comment may follow, as in files of nginx.
        /^[^:\s][^:]*:(\$[\w-]+\$[^:\s]+|\{[A-Z][\w-]*\}[^:\s]+|[./\dA-Za-z]{13})(:[^:]*)?$/,
        'its lines are names and hashes',
      ),
      read: linesWith(['username', 'password']),
    },
  }),
  createFormat({
    name: 'shadow',
    likeness: () => 0,
    userReader: () => readShadow,
    text: {
      sign: signOf(/^[\w][\w.-]*\$?:[^:\s]*(:-?\d*){6}:[^:]*$/, 'its lines are those of /etc/shadow'),
      read: linesWith([
        ...['username', 'password', 'changed', 'minimum', 'maximum', 'warning', 'inactive', 'expires'],
        'reserved',
      ]),
    },
  }),
]
