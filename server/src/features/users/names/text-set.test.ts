import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createTextSet } from './text-set.ts'

describe('a set of texts', () => {
  it('has what was added, and nothing else, however often it grew', () => {
    const set = createTextSet()
    const count = 200_000
    for (let at = 0; at < count; at += 1) set.add(`email user${at}@example.com`)
    for (let at = 0; at < count; at += 1) assert.ok(set.has(`email user${at}@example.com`))
    for (let at = 0; at < count; at += 1) assert.ok(!set.has(`username user${at}@example.com`))
  })
})
