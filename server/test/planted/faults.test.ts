import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { faults, planted } from './faults.ts'

describe('the faults of npm run plant', () => {
  for (const fault of faults)
    it(`fit the sources and name tests that exist: ${fault.name}`, () => {
      const source = readFileSync(new URL(`../../src/${fault.file}`, import.meta.url), 'utf8')
      assert.notEqual(planted(fault, source), source)
      for (const test of fault.tests) assert.ok(existsSync(new URL(`../${test}`, import.meta.url)), test)
    })
})
