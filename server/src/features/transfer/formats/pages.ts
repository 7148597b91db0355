/** Answers of APIs that return users in pages. If a file has one page of several, its report says so. */
import type { FormatWithShape } from './format.ts'

const kept = 4096

/**
 * The same format; its last item notes the number of users on other pages, or that there are other pages. `total` finds
 * the total number of users in the JSON, `more` a mark of a next page.
 */
export function withPages(format: FormatWithShape, total: RegExp, more?: RegExp): FormatWithShape {
  return {
    ...format,
    async *read(input, options) {
      let [head, tail] = ['', '']
      async function* watched() {
        for await (const chunk of input) {
          const text = Buffer.from(chunk).toString('latin1')
          if (head.length < kept) head += text.slice(0, kept)
          tail = (tail + text.slice(-kept)).slice(-kept)
          yield chunk
        }
      }
      let row = 0
      for await (const item of format.read(watched(), options)) {
        row += 1
        yield item
      }
      const count = Number((total.exec(head) ?? total.exec(tail))?.[1] ?? 0)
      const rest =
        count > row
          ? `${count - row} of ${count} people are`
          : more?.test(head) || more?.test(tail)
            ? 'more people may be'
            : undefined
      if (rest !== undefined)
        yield { row: row + 1, skipped: `${rest} in other pages; import those files too` }
    },
  }
}
