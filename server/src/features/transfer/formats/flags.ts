/** Words for yes and no, in the languages of column names. */
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
    ...['☑', '✅', 'kyllä', 'ano', 'evet', 'igen', 'да', 'так', '是', '예', '네'],
    ...['sim', 'verdadeiro', 'vero', 'tak', 'prawda', 'はい', '真', '有効', '有', '○', '済'],
  ],
  no: [
    ...['false', 'f', 'no', 'n', 'off', '0', 'nein', 'falsch', 'non', 'faux', 'falso', 'nao', 'nie', 'falsz'],
    ...['0.0', "b'0'", '\u0000', '☐', '✗', '✘', '❌'],
    ...['nee', 'nej', 'ei', 'ne', 'hayır', 'nem', 'нет', 'ні', '否', '아니오', '아니요'],
    ...['いいえ', '偽', '無効', '無', '×', '未'],
  ],
}

const flags = new Map<string, boolean>([
  ...words.yes.map((word) => [plainWord(word), true] as const),
  ...words.no.map((word) => [plainWord(word), false] as const),
])

/** The boolean for a word; undefined for other words. Accents are ignored: `sí`, `não`, `fałsz`. */
export function flagOf(value: unknown): boolean | undefined {
  if (typeof value === 'object' || value === undefined) return undefined
  const word = String(value).trim().toLowerCase()
  const known = flags.get(word)
  return known !== undefined || word.length > 8 ? known : flags.get(plainWord(word))
}

function plainWord(word: string): string {
  return word
    .normalize('NFKD')
    .replaceAll('ł', 'l')
    .replace(/(?<=[a-z])\p{M}+/gu, '')
    .normalize('NFC')
}
