/** Names that are stored as one text, joined by spaces; the empty text has none. */
export function wordsOf(text: string): string[] {
  return text === '' ? [] : text.split(' ')
}
