/** Encrypts and decrypts texts for the database: `seal` and `open` of the secret key. */
export type Sealing = {
  seal(text: string, context: string): string
  open(sealed: string, context: string): string
}

/**
 * The encrypted JSON in a column, with one type for writing and reading. `contextOf` binds a text to its row, so that it
 * cannot be decrypted in another one.
 */
export function sealedJson<T, Key extends readonly string[]>(
  { seal, open }: Sealing,
  contextOf: (...key: Key) => string,
) {
  return {
    seal: (value: T, ...key: Key): string => seal(JSON.stringify(value), contextOf(...key)),
    /** @throws when the text was encrypted with another secret key or for another row */
    open: (sealed: string, ...key: Key): T => JSON.parse(open(sealed, contextOf(...key))),
  }
}
