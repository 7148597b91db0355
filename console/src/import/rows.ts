/** Splits a file into parts of complete rows, without reading it completely into memory. */

/** `whole`: not one record on each line, so the file is sent with one request. */
export type FileKind = 'csv' | 'ndjson' | 'whole'
export type Part = {
  content: Blob
  rows: number /** Bytes of the file up to the end of this part. */
  end: number
}

const rowsInPart = 500

/** How many bytes at the beginning of a file show its kind. */
export const headBytes = 64_000

/** How a file with this name and beginning can be divided. What is no text, JSON over several lines, SQL and LDIF stay whole. */
export function kindOf(name: string, head: string): FileKind {
  if (/[\0\uFFFD]/.test(head)) return 'whole'
  if (/\.[ct]sv$/i.test(name)) return 'csv'
  const [first = ''] = head.trimStart().split('\n', 1)
  if (first.startsWith('{')) return isJson(first) ? 'ndjson' : 'whole'
  return /^([[<#]|--|\/\*|\w+:)/.test(first) || !/[,;\t|]/.test(first) ? 'whole' : 'csv'
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** The rows of the file in parts. Each part of a CSV file starts with the header line. */
export async function* partsOf(file: Blob, kind: FileKind): AsyncGenerator<Part> {
  if (kind === 'whole') {
    yield { content: new Blob([file], { type: 'application/octet-stream' }), rows: 0, end: file.size }
    return
  }
  const type = kind === 'csv' ? 'text/csv' : 'application/x-ndjson'
  let header = ''
  let lines: string[] = []
  let read = 0
  for await (const { text, end } of recordsOf(file, kind === 'csv')) {
    read = end
    if (kind === 'csv' && header === '') {
      header = text
      continue
    }
    if (text.trim() === '') continue
    lines.push(text)
    if (lines.length === rowsInPart) {
      yield { content: new Blob([header, ...lines], { type }), rows: lines.length, end }
      lines = []
    }
  }
  if (lines.length > 0 || read === 0)
    yield { content: new Blob([header, ...lines], { type }), rows: lines.length, end: file.size }
}

/** The lines of the file with their line ends; in CSV a line end inside quotes belongs to the record. */
async function* recordsOf(file: Blob, isCsv: boolean): AsyncGenerator<{ text: string; end: number }> {
  const decoder = new TextDecoder()
  const sizes = new TextEncoder()
  let rest = ''
  let end = 0
  let isQuoted = false
  let at = 0
  const reader = file.stream().getReader()
  for (let next = await reader.read(); ; next = await reader.read()) {
    rest += next.done ? decoder.decode() : decoder.decode(next.value, { stream: true })
    let start = 0
    for (; at < rest.length; at += 1) {
      const character = rest.charCodeAt(at)
      if (isCsv && character === 0x22) isQuoted = !isQuoted
      if (character !== 0x0a || isQuoted) continue
      const text = rest.slice(start, at + 1)
      end += sizes.encode(text).length
      yield { text, end }
      start = at + 1
    }
    rest = rest.slice(start)
    at -= start
    if (next.done) break
  }
  if (rest !== '') yield { text: `${rest}\n`, end: file.size }
}
