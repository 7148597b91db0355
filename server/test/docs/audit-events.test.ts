/** The table of audit events in docs/security.md has every type of event, and the service writes all of them. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { eventTypes } from '../../src/audit-events.ts'

const root = new URL('../../..', import.meta.url).pathname

describe('the audit events of docs/security.md', () => {
  it('are all types of events, and no others', () => {
    const page = readFileSync(join(root, 'docs/security.md'), 'utf8')
    const [, table = ''] = /^## Audit events$(.*?)^## /ms.exec(page) ?? []
    const documented = [...table.matchAll(/^\| `([\w.]+)` \|/gm)].map(([, type = '']) => type)
    // Some types are also in the table of limits.
    assert.deepEqual([...new Set(documented)].sort(), [...eventTypes].sort())
  })

  it('are written somewhere', () => {
    const files = globSync('server/src/**/*.ts', { cwd: root }).filter(
      (file) => !file.endsWith('audit-events.ts'),
    )
    const source = files.map((file) => readFileSync(join(root, file), 'utf8')).join('\n')
    assert.deepEqual(
      eventTypes.filter((type) => !source.includes(`'${type}'`)),
      [],
    )
  })
})
