/** Each task of a newcomer has a page and something that runs it, and the inventory of data names every table. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { it } from 'node:test'
import { shellBlocksOf } from './blocks.ts'

const root = new URL('../../../', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, root), 'utf8')

it('every task of docs/maintaining/tasks.md has a page and a test that runs it', () => {
  const rows = read('docs/maintaining/tasks.md')
    .split('\n')
    .filter((line) => /^\| .*\]\(/.test(line))
    .map((line) => line.slice(2, -2).split(' | '))
  assert.equal(rows.length, 32)
  for (const [task, cell = '', tests = ''] of rows) {
    const [, target = ''] = /\]\(\.\.\/(?:\.\.\/)?([^)#]+)/.exec(cell) ?? []
    const page = cell.includes('(../../') ? target : `docs/${target}`
    assert.ok(existsSync(new URL(page, root)), `${task}: there is no ${page}`)
    const names = [...tests.matchAll(/`([^`]+)`/g)].map(([, name]) => name!)
    assert.ok(names.length > 0, `${task}: nothing runs ${page}`)
    for (const name of names)
      assert.ok(
        existsSync(new URL(`server/test/${name}.test.ts`, root)) ||
          existsSync(new URL(`server/test/${name}.judge.ts`, root)),
        `${task}: there is no ${name}`,
      )
    if (names.includes('docs/snippets'))
      assert.ok(
        shellBlocksOf(read(page)).some(({ info }) => !info.startsWith('norun')),
        `${task}: no command of ${page} is run`,
      )
  }
})

it('docs/tasks/what-is-stored.md names every table', () => {
  const tables = [...read('docs/schema.sql').matchAll(/create table "?(\w+)"?/gi)].map(([, name]) => name!)
  const page = read('docs/tasks/what-is-stored.md')
  assert.ok(tables.length > 40)
  assert.deepEqual(
    [...new Set(tables)].filter((name) => !page.includes(`\`${name}\``)),
    [],
  )
})
