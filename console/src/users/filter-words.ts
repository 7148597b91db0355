/** The words of filters, to complete what is typed. */

export const fields = [
  'username',
  'email',
  'first_name',
  'last_name',
  'status',
  'roles',
  'email_verified',
  'created_at',
  'updated_at',
  'last_login_at',
  'external_id',
  'id',
  'metadata.',
  'profile.',
]
const operators = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le', 'pr']
const values: Readonly<Record<string, readonly string[]>> = {
  status: ['"active"', '"disabled"'],
  email_verified: ['true', 'false'],
}

/** The text with each word that may come next. */
export function completions(text: string): string[] {
  const inText = (text.match(/"/g) ?? []).length % 2 === 1
  if (inText && !/\b(status)\s+\w\w\s+"\w*$/.test(text)) return []
  const typed = /[^\s()]*$/.exec(text)![0]
  const before = text.slice(0, text.length - typed.length)
  const words = before
    .trim()
    .split(/[\s()]+/)
    .filter((word) => word !== '' && word !== 'not')
  return next(words)
    .filter((word) => word.startsWith(typed.toLowerCase()) && word !== typed)
    .map((word) => before + word)
}

function next(words: readonly string[]): readonly string[] {
  const [last = '', previous = ''] = words.toReversed()
  if (last === '' || last === 'and' || last === 'or') return [...fields, 'not (']
  if (operators.includes(last) && last !== 'pr') return values[previous] ?? []
  if (last !== 'pr' && !operators.includes(previous)) return operators
  return ['and', 'or']
}
