import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { AuditEvent } from '../api/types.ts'
import { csvHead, csvRow } from './csv.ts'

it('an event is one line, and nothing in it is a formula', () => {
  const event = {
    ...{ id: 'e1', at: '2026-01-01T00:00:00.000Z', type: 'auth.login.failure', outcome: 'failure' },
    ...{ reason: 'wrong_password', actor: { kind: 'anonymous', id: null }, target: null, address: '::1' },
    ...{ user_agent: '=HYPERLINK("http://evil.example")', session_id: null, request_id: 'r1', changes: null },
  } as unknown as AuditEvent
  const row = csvRow(event)
  assert.equal(row.split('\n').length, 1)
  assert.match(row, /,"'=HYPERLINK\(""http:\/\/evil.example""\)",/)
  assert.ok(csvHead.startsWith('at,type,outcome,'))
})
