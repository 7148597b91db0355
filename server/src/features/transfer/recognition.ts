/** The format of a file: the one that is named, or the one that its content shows. */
import { AppError } from '../../errors.ts'
import { type Formats, headLength } from './formats/index.ts'
import type { ImportFormat } from './imported-user.ts'
import { emptyFile, openInput, unknownFormat } from './input/open-input.ts'

/** A file whose format is known: its plain text, and what tells the format. */
export type Recognised = { format: ImportFormat; input: AsyncIterable<Uint8Array>; sign: string }
export type RecogniseOptions = {
  from?: string | undefined
  columnMap?: ReadonlyMap<string, string>
  /** The encoding of the text, such as `windows-1252`; UTF-8 or UTF-16 when left out. */
  encoding?: string | undefined
  /** NDJSON over HTTP is ours unless it is surely another format: then every row says what is wrong with it. */
  isNdjson?: boolean
}

/** A record that names its user as our export does is ours, also with a member that is none of a user. */
const namesOurUser = /"(username|email)"\s*:/
/** `_id` and the like, which no misspelled name of ours is. */
const namesOthers = /"_\w+"\s*:/

/** The confidence from which a format is taken for what was announced as ours. */
const sure = 0.8

export function createRecognition(formats: Formats) {
  /** A header that says nothing to us says it to the operator. */
  const csvOfMap = (columnMap: ReadonlyMap<string, string>) => {
    const isSaid = [...columnMap.values()].some((field) => field === 'username' || field === 'email')
    return isSaid
      ? {
          format: formats.formatNamed('csv')!,
          confidence: 1,
          sign: 'its columns are mapped',
          rival: undefined,
        }
      : undefined
  }

  /** Looks at the beginning, then gives everything. @throws invalid_input when it looks like no known format, or like two */
  const recogniseByContent = async (
    input: AsyncIterable<Uint8Array>,
    columnMap: ReadonlyMap<string, string>,
    { isNdjson, encoding }: { isNdjson: boolean; encoding: string | undefined },
  ): Promise<Recognised> => {
    const chunks = openInput(input, encoding)
    const seen: Uint8Array[] = []
    let length = 0
    // A client that streams records may wait for the result of the first: one record is enough then.
    let hasRecord = false
    while (length < headLength && !(isNdjson && hasRecord)) {
      const { done, value } = await chunks.next()
      if (done) break
      seen.push(value)
      length += value.length
      hasRecord ||= value.includes(0x0a)
    }
    async function* whole() {
      yield* seen
      yield* chunks
    }
    const head = Buffer.concat(seen).subarray(0, headLength).toString('utf8')
    if (head.trim() === '' && !isNdjson) throw new AppError('invalid_input', { detail: emptyFile })
    const found = formats.detectFormat(head) ?? csvOfMap(columnMap)
    const [first = ''] = head.split('\n', 1)
    const isOfOthers = found !== undefined && (!namesOurUser.test(first) || namesOthers.test(first))
    if (isNdjson && (found?.confidence ?? 0) < sure && !isOfOthers)
      return { format: formats.formatNamed('roster')!, input: whole(), sign: 'it is NDJSON' }
    if (!found) throw new AppError('invalid_input', { detail: unknownFormat })
    const { format, sign, rival } = found
    if (rival)
      throw new AppError('invalid_input', {
        detail: `The file looks like ${format.name} and like ${rival.name}; name the format.`,
      })
    return { format, input: whole(), sign }
  }

  /**
   * The format of the file, and its text: the one that `from` names, or the one that the content shows.
   * @throws invalid_input when there is no such format, or the content shows none, or two
   */
  return async (
    input: AsyncIterable<Uint8Array>,
    { from, columnMap = new Map(), isNdjson = false, encoding }: RecogniseOptions = {},
  ): Promise<Recognised> => {
    if (from === undefined) return recogniseByContent(input, columnMap, { isNdjson, encoding })
    const format = formats.formatNamed(from)
    if (!format)
      throw new AppError('invalid_input', {
        detail: `There is no format ${from}; there are ${formats.formats.map(({ name }) => name).join(', ')}.`,
      })
    return { format, input: openInput(input, encoding), sign: 'it was named' }
  }
}
