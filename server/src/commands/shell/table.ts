/** Text tables: aligned columns below a header. Colours are used only on a terminal. */
import { styleText } from 'node:util'

type Cell = string | number | boolean | null | undefined

const colours: Readonly<Record<string, 'green' | 'red' | 'yellow'>> = {
  active: 'green',
  success: 'green',
  disabled: 'yellow',
  deleted: 'red',
  failure: 'red',
  denied: 'red',
}

/** Columns of text from left to right; the last one is not padded. */
export function table(headers: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const texts = rows.map((row) => row.map(shown))
  const widths = headers.map((header, at) =>
    Math.max(header.length, ...texts.map((row) => widthOf(row[at] ?? ''))),
  )
  const line = (cells: readonly string[], paint: (cell: string) => string) =>
    cells
      .map(
        (cell, at) =>
          paint(cell) + (at === cells.length - 1 ? '' : ' '.repeat(widths[at]! - widthOf(cell) + 2)),
      )
      .join('')
      .trimEnd()
  return [line(headers, (cell) => paint('bold', cell)), ...texts.map((row) => line(row, coloured))].join('\n')
}

/** One record, with a line for each member. */
export function sheet(members: Readonly<Record<string, Cell>>): string {
  const width = Math.max(...Object.keys(members).map((name) => name.length))
  return Object.entries(members)
    .map(([name, value]) => `${paint('bold', name.padEnd(width))}  ${coloured(shown(value))}`)
    .join('\n')
}

/** Escapes control characters in data, which would move the cursor or change colours. */
function shown(value: Cell): string {
  if (value === null || value === undefined || value === '') return '-'
  return String(value).replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\ufffd')
}

function coloured(cell: string): string {
  const colour = colours[cell.split(' ')[0]!]
  return colour === undefined ? cell : paint(colour, cell)
}

function paint(style: 'bold' | 'green' | 'red' | 'yellow', text: string): string {
  return process.stdout.isTTY ? styleText(style, text) : text
}

const segments = new Intl.Segmenter()

function widthOf(text: string): number {
  return /^[\x20-\x7e]*$/.test(text) ? text.length : [...segments.segment(text)].length
}
