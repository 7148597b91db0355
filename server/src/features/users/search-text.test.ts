import assert from 'node:assert/strict'
import { it } from 'node:test'
import { searchTextOf } from './search-text.ts'

it('a search looks at the folded names and addresses, one a line, without those that are missing', () => {
  const user = { username: 'Ada', email: null, email_key: ' 1', first_name: 'ÉVA', last_name: null }
  assert.equal(searchTextOf(user), 'ada\néva')
})

it('a search looks at both spellings of an international address', () => {
  const user = { username: 'Ada', email: 'A@Bücher.example', email_key: 'a@xn--bcher-kva.example' }
  assert.equal(searchTextOf(user), 'ada\na@bücher.example\na@xn--bcher-kva.example')
})
