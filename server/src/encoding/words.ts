/** Names that are stored as one text, joined by spaces; none in the empty text. */
export function wordsOf(text: string): string[] {
  return text === '' ? [] : text.split(' ')
}
