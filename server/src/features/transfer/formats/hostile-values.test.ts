/** Files that a naive parser reads in quadratic time: a file of 1 MB would block the process for minutes. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { itemsOf } from './test-formats.ts'

const length = 900_000
const files: Record<string, string> = {
  'blanks before a value': `email,name\nx@example.com,${' '.repeat(length)}x\n`,
  'blanks within a date': `email,created_at\nx@example.com,"0000-01-01${' '.repeat(length)}\nx"\n`,
  'brackets in the name of a column': `email,${'['.repeat(length)}\nx@example.com,b\n`,
}

describe('reading a hostile file', () => {
  for (const [name, csv] of Object.entries(files))
    it(`ends, in spite of ${name}`, () => {
      const program = `import { itemsOf } from ${JSON.stringify(new URL('./test-formats.ts', import.meta.url).href)}
        import { text } from 'node:stream/consumers'
        console.log((await itemsOf('csv', await text(process.stdin))).length)`
      const args = ['--input-type=module', '--eval', program]
      const { status, stdout, stderr } = spawnSync(process.execPath, args, {
        input: csv,
        encoding: 'utf8',
        timeout: 60_000,
      })
      assert.deepEqual([status, stdout], [0, '1\n'], stderr)
    })

  for (const name of ['a', 'username'])
    it(`names columns in linear time, also when all of them are called ${name}`, () => {
      const program = `import { columnsOf } from ${JSON.stringify(new URL('../columns/column-names.ts', import.meta.url).href)}
        console.log(columnsOf(Array.from({ length: 400_000 }, () => '${name}')).at(-1))`
      const args = ['--input-type=module', '--eval', program]
      const { status, stdout, stderr } = spawnSync(process.execPath, args, {
        encoding: 'utf8',
        timeout: 60_000,
      })
      assert.deepEqual([status, stdout], [0, `${name}_400000\n`], stderr)
    })

  it('refuses a table with far more columns than any has', async () => {
    const header = (count: number) =>
      `email,${Array.from({ length: count - 1 }, (_, at) => `c${at}`).join()}\nx@example.com\n`
    const [fault] = await itemsOf('csv', header(2001))
    assert.ok(fault && 'fault' in fault)
    assert.deepEqual(fault.fault, {
      code: 'unknown_header',
      detail: 'The header has more than 2000 columns.',
    })
    const [item] = await itemsOf('csv', header(2000))
    assert.ok(item && 'user' in item)
  })
})
