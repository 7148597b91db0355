import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { columnFields } from '../../../../console/src/import/columns.ts'
import { fields } from '../../../../console/src/users/filter-words.ts'
import { eventTypes } from '../../../src/audit-events.ts'
import { permissions } from '../../../src/caller.ts'
import { fieldNames } from '../../../src/features/transfer/columns/column-names.ts'
import { filterFields } from '../../../src/features/users/filter/filter.ts'

type Catalogue = Record<string, string>

const sources = fileURLToPath(new URL('../../../../console/src/', import.meta.url))
const read = (path: string) => JSON.parse(readFileSync(`${sources}${path}`, 'utf8')) as Catalogue

describe('the texts of the web interface', () => {
  it('the filter of the console offers every field by which the API filters', () => {
    const offered = fields.map((field) => field.replace(/\.$/, ''))
    assert.deepEqual(offered.toSorted(), [...Object.keys(filterFields), 'metadata', 'profile'].toSorted())
  })

  it('the import in the console offers every field to which a column can be mapped, with a text', () => {
    assert.deepEqual(columnFields.toSorted(), fieldNames.toSorted())
    const english = read('text/en.json')
    assert.deepEqual(
      columnFields.filter((field) => !(`import.field.${field}` in english)),
      [],
    )
  })

  it('the console has a text for every permission and every type of audit event', () => {
    const english = read('text/en.json')
    const wanted = [
      ...permissions.map((permission) => `permission.${permission}`),
      ...eventTypes.map((type) => `event.${type}`),
    ]
    assert.deepEqual(
      wanted.filter((key) => !(key in english)),
      [],
    )
  })

  it('the console uses every text of its catalogue, and the catalogue has every text that it uses', () => {
    const code = globSync('**/*.{ts,tsx}', { cwd: sources })
      .filter((path) => !path.startsWith('sign-in/'))
      .map((path) => readFileSync(`${sources}${path}`, 'utf8'))
      .join('\n')
    // A key that is put together has its first part in the source: `event.${type}`.
    const stems = [...code.matchAll(/`([a-z_.]+[._])\$\{/g)].map(([, stem]) => stem!)
    const isUsed = (key: string) =>
      code.includes(`'${key}'`) ||
      (/\.(one|other)$/.test(key) && code.includes(`'${key.replace(/\.(one|other)$/, '')}'`)) ||
      stems.some((stem) => key.startsWith(stem))
    assert.deepEqual(
      Object.keys(read('text/en.json')).filter((key) => !isUsed(key)),
      [],
    )
  })
})
