/** Invented people, the same at every run. */

const firstNames = [
  'Alice',
  'Bob',
  'Carol',
  'Dave',
  'Erin',
  'Frank',
  'Grace',
  'Heidi',
  'Ivan',
  'Judy',
  'Mallory',
  'Niaj',
  'Olivia',
  'Peggy',
  'Rupert',
  'Sybil',
  'Trent',
  'Victor',
  'Walter',
  'Wendy',
  'Zoe',
  'Soren',
  'Lukasz',
  'Chidi',
]
const lastNames = [
  'Smith',
  'Johnson',
  'Williams',
  'Brown',
  'Jones',
  'Garcia',
  'Miller',
  'Davis',
  'Rodriguez',
  'Martinez',
  'Okoye',
  'Nakamura',
  'Müller',
  'Kowalski',
  'Ivanov',
  'Nguyen',
  'Zhang',
  'Qureshi',
  'Xu',
  'Yıldız',
]

export type Person = Record<string, unknown> & { username: string; email: string }

/** Number `at` of the people. One in a thousand is disabled, one in ten pays. */
export function person(at: number): Person {
  const first = firstNames[(at * 7) % firstNames.length]!
  const last = lastNames[(at * 13 + (at >> 5)) % lastNames.length]!
  const username = `${first}.${last}${at}`
    .normalize('NFKD')
    .replace(/[^\w.]/g, '')
    .toLowerCase()
  return {
    username,
    email: `${username}@example${at % 97}.com`,
    email_verified: at % 2 === 0,
    first_name: first,
    last_name: last,
    status: at % 1000 === 7 ? 'disabled' : 'active',
    external_id: `ext-${at}`,
    metadata: { plan: at % 10 === 0 ? 'premium' : 'free', number: at },
  }
}

/** As lines of the import, in pieces of 1,000. */
export function* peopleLines(count: number): Generator<string> {
  for (let at = 0; at < count; at += 1000) {
    let piece = ''
    for (let offset = at; offset < Math.min(at + 1000, count); offset += 1)
      piece += `${JSON.stringify(person(offset))}\n`
    yield piece
  }
}
