/** Each defence that the documentation names has a test, and each test that it names exists. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { it } from 'node:test'

const root = new URL('../../../', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, root), 'utf8')

/** The cells of the rows of the first table behind a heading. */
function rowsOf(page: string, heading: string): string[][] {
  const [, part = ''] = page.split(`\n## ${heading}\n`)
  const [table = ''] = /^\|.*\n(?:\|.*\n)+/m.exec(part) ?? []
  return table
    .trim()
    .split('\n')
    .slice(2)
    .map((line) => line.slice(2, -2).split(' | '))
}

const testsIn = (cell = '') => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name!)
const exists = (name: string) =>
  existsSync(new URL(`${/^(server|console)\/src\//.test(name) ? '' : 'server/test/'}${name}.test.ts`, root))

it('every threat of docs/security.md has a test that exists', () => {
  const [, part = ''] = read('docs/security.md').split('\n## Threats and defences\n')
  const [threats = ''] = part.split('\n## ')
  const sections = threats.split('\n#### ').slice(1)
  assert.ok(sections.length > 30)
  for (const section of sections) {
    const [threat = ''] = section.split('\n')
    const names = testsIn(/^Tests: (.*)$/m.exec(section)?.[1])
    assert.ok(names.length > 0, `no test for: ${threat}`)
    for (const name of names) assert.ok(exists(name), `${threat}: there is no ${name}`)
  }
})

it('the tests that answer OWASP ASVS exist, and no requirement of level 1 is left out', () => {
  const rows = rowsOf(read('docs/security/asvs.md'), 'Level 1')
  assert.equal(new Set(rows.map(([requirement]) => requirement)).size, 70)
  for (const [requirement, , answer, proof] of rows) {
    assert.match(answer!, /^(met|does not apply|does not meet|differs|operator)/, requirement)
    for (const name of testsIn(proof)) assert.ok(exists(name), `${requirement}: there is no ${name}`)
  }
})
