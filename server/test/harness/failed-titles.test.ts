import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'

it('the list of failed tests shows the titles of their parents', () => {
  const folder = mkdtempSync(join(tmpdir(), 'roster-titles-'))
  try {
    const file = join(folder, 'failing.test.mjs')
    writeFileSync(
      file,
      `import { describe, it } from 'node:test'
describe('users', () => {
  it('are created', () => {})
  describe('without an address', () => it('sign in', () => { throw new Error('no') }))
})
it('stands alone', () => { throw new Error('no') })
`,
    )
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const { stdout, status } = spawnSync(
      process.execPath,
      ['--test', `--test-reporter=${join(import.meta.dirname, 'failed-titles.ts')}`, file],
      { encoding: 'utf8', env },
    )
    assert.equal(status, 1)
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => line.trim().replace(/ \(.*/, ''))
    assert.deepEqual(lines, ['failed:', 'users › without an address › sign in', 'stands alone'])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
