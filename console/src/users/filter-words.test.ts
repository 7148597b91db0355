import assert from 'node:assert/strict'
import { it } from 'node:test'
import { completions } from './filter-words.ts'

it('a filter is completed word by word', () => {
  assert.deepEqual(completions('user'), ['username'])
  assert.ok(completions('').includes('not ('))
  assert.ok(completions('status ').includes('status eq'))
  assert.deepEqual(completions('status eq '), ['status eq "active"', 'status eq "disabled"'])
  assert.deepEqual(completions('status eq "d'), ['status eq "disabled"'])
  assert.deepEqual(completions('status eq "disabled" '), [
    'status eq "disabled" and',
    'status eq "disabled" or',
  ])
  assert.deepEqual(completions('not (metadata.team pr and first'), ['not (metadata.team pr and first_name'])
  assert.deepEqual(completions('username co "a and '), [])
})
