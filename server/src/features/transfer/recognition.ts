/** Determines the format of a file: the given one, or by its content. */
import { AppError } from '../../errors.ts'
import { type Formats, headLength } from './formats/index.ts'
import type { ImportFormat } from './imported-user.ts'
import { emptyFile, openInput, unknownFormat } from './input/open-input.ts'

/** A file with a known format: its plain text, and the reason for the format. */
export type Recognised = { format: ImportFormat; input: AsyncIterable<Uint8Array>; sign: string }
export type RecogniseOptions = {
  from?: string | undefined
  columnMap?: ReadonlyMap<string, string>
  /** The encoding of the text, such as `windows-1252`; UTF-8 or UTF-16 by default. */
  encoding?: string | undefined
  /** NDJSON over HTTP is treated as our format unless it is clearly another one, so that every row gets its own error. */
  isNdjson?: boolean
}

/** A record with the names of our export is ours, also with unknown members. */
const namesOurUser = /"(username|email)"\s*:/
/** Names such as `_id`, which are not misspelled names of ours. */
const namesOthers = /"_\w+"\s*:/

/** The minimum confidence for another format if the file was announced as ours. */
const sure = 0.8

export function createRecognition(formats: Formats) {
  /** The error for an unknown header contains the header for the operator. */
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

  /**
   * Examines the beginning, then returns the complete stream.
   * @throws invalid_input when it matches no known format, or two
   */
  const recogniseByContent = async (
    input: AsyncIterable<Uint8Array>,
    columnMap: ReadonlyMap<string, string>,
    { isNdjson, encoding }: { isNdjson: boolean; encoding: string | undefined },
  ): Promise<Recognised> => {
    const chunks = openInput(input, encoding)
    const seen: Uint8Array[] = []
    let length = 0
    // A client that streams records may wait for the first result, so one record is enough.
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
   * The format of the file and its text: the format in `from`, or the one that the content matches.
   * @throws invalid_input when there is no such format, or the content matches none, or two
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
