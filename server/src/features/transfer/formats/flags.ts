/** Words for yes and no, in the languages of our pages. */
const words = {
  yes: [
    ...[
      'true',
      't',
      'yes',
      'y',
      'on',
      '1',
      'x',
      '1.0',
      '-1',
      "b'1'",
      '\u0001',
      '✓',
      '✔',
      'ja',
      'j',
      'wahr',
      'oui',
      'vrai',
      'si',
      'verdadero',
    ],
    ...['sim', 'verdadeiro', 'vero', 'tak', 'prawda', 'はい', '真', '有効', '有', '○', '済'],
  ],
  no: [
    ...['false', 'f', 'no', 'n', 'off', '0', 'nein', 'falsch', 'non', 'faux', 'falso', 'nao', 'nie', 'falsz'],
    ...['0.0', "b'0'", '\u0000'],
    ...['いいえ', '偽', '無効', '無', '×', '未'],
  ],
}

const flags = new Map<string, boolean>([
  ...words.yes.map((word) => [word, true] as const),
  ...words.no.map((word) => [word, false] as const),
])

/** What a word of a flag says; undefined when it is none. Accents do not matter: `sí`, `não`, `fałsz`. */
export function flagOf(value: unknown): boolean | undefined {
  if (typeof value === 'object' || value === undefined) return undefined
  const word = String(value).trim().toLowerCase()
  const known = flags.get(word)
  if (known !== undefined || word.length > 8) return known
  const plain = word.normalize('NFKD').replaceAll('ł', 'l')
  return flags.get(plain.replace(/(?<=[a-z])\p{M}+/gu, '').normalize('NFC'))
}
