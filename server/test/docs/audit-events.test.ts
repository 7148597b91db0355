/**
 * The table of audit events in docs/security.md has every type that the source writes, and no other.
 *
 * Whoever adds an event adds its row there. A type is any text like `noun.past` in a feature or in the wiring. Not
 * looked at: stores (columns), formats (members of other systems), and what follows `event:` (the log). A text that is
 * none of these and no event belongs into `others`.
 */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'

const root = new URL('../../..', import.meta.url).pathname
/** Types of the event feed and of webhooks, and an event of the log. */
const others = new Set([
  // Paths of SCIM.
  'emails.value',
  'groups.value',
  'members.value',
  'meta.created',

  'mail.printed',
  'user.email_changed',
  'user.email_verified',
  'user.password_changed',
  'user.roles_changed',
  'user.groups_changed',
  'webhook.test',
])

describe('docs/security.md', () => {
  it('has every audit event, and no other', () => {
    assert.deepEqual([...documentedTypes()].sort(), [...writtenTypes()].sort())
  })
})

function documentedTypes(): Set<string> {
  const page = readFileSync(join(root, 'docs/security.md'), 'utf8')
  const [, table = ''] = /^## Audit events$(.*?)^## /ms.exec(page) ?? []
  return new Set([...table.matchAll(/^\| `([\w.]+)` \|/gm)].map(([, type = '']) => type))
}

function writtenTypes(): Set<string> {
  const files = globSync(['server/src/features/**/*.ts', 'server/src/*.ts'], { cwd: root }).filter(
    (file) => !/(store|\.test)\.ts$|\/formats\//.test(file),
  )
  const found = files.flatMap((file) => {
    const source = readFileSync(join(root, file), 'utf8')
    return [...source.matchAll(/(?<!event: )'([a-z_]+(?:\.[a-z_0-9]+)+)'/g)].map(([, type = '']) => type)
  })
  return new Set(found.filter((type) => !others.has(type)))
}
