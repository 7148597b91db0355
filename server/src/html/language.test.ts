import assert from 'node:assert/strict'
import { it } from 'node:test'
import { languageOf } from './language.ts'

it('takes the first known language, by its quality, of the first text that has one', () => {
  const cases: [ReturnType<typeof languageOf>, ...(string | undefined)[]][] = [
    ['en'],
    ['en', undefined, ''],
    ['de', 'de'],
    ['de', 'de-AT,de;q=0.9,en;q=0.8'],
    ['en', 'de;q=0.5, en;q=0.9'],
    ['en', 'de;q=0, nl'],
    ['de', 'nl de', 'en'],
    ['de', 'nl', 'de-CH'],
    ['fr', 'fr-CA, en'],
    ['en', 'x'.repeat(100_000)],
  ]
  for (const [expected, ...wanted] of cases) assert.equal(languageOf(...wanted), expected, String(wanted))
})
