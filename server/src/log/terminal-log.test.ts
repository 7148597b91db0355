import assert from 'node:assert/strict'
import { it } from 'node:test'
import { terminalLine } from './terminal-log.ts'

const time = '2026-11-29T12:00:00.000Z'
const clock = new Date(time).toTimeString().slice(0, 8)
const lineOf = (entry: object, hasColours = false) =>
  terminalLine(JSON.stringify({ level: 'info', time, ...entry }), hasColours)
const request = {
  request_id: 'r1',
  method: 'GET',
  route: '/users/:id',
  status: 404,
  duration_ms: 1.5,
  address: '::1',
}

it('shows a request as one line, also when the client was wrong', () => {
  const err = { type: 'AppError', message: 'There is no such user.', stack: 'AppError: …\n    at x' }
  assert.equal(
    lineOf({ ...request, err }),
    `${clock} GET /users/:id 404 1.5 ms There is no such user. request_id=r1\n`,
  )
  assert.match(lineOf({ ...request, route: null }), /GET \(no route\) 404/)
})

it('shows the stack of an error of ours below its line', () => {
  const err = { type: 'Error', message: 'broken', stack: 'Error: broken\n    at x' }
  assert.equal(
    lineOf({ ...request, level: 'error', status: 500, err }),
    `${clock} ERROR GET /users/:id 500 1.5 ms request_id=r1\nError: broken\n    at x\n`,
  )
})

it('shows an event with its fields, and no control of a terminal', () => {
  assert.equal(
    lineOf({ level: 'warn', event: 'db.lost', reason: '\u001b[2Jaway', msg: 'database\nlost' }),
    `${clock} WARN db.lost: database ⏎ lost reason=\ufffd[2Jaway\n`,
  )
  assert.match(lineOf(request, true), /\u001b\[33m404\u001b\[39m/)
})
