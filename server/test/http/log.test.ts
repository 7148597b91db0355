import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createLog, describeError } from '../../src/log/log.ts'

describe('the log', () => {
  it('is one JSON object a line, whatever the text', () => {
    const lines: string[] = []
    const log = createLog('info', { write: (line: string) => lines.push(line) })
    log.info({ name: 'x\n{"level":"info"}\u2028\u001b[31m' }, 'a\nb')
    log.debug('not shown')
    assert.equal(lines.length, 1)
    assert.equal(lines[0]!.trimEnd().split('\n').length, 1)
    const { time, ...rest } = JSON.parse(lines[0]!) as Record<string, unknown>
    assert.match(String(time), /Z$/)
    assert.deepEqual(rest, { level: 'info', name: 'x\n{"level":"info"}\u2028\u001b[31m', msg: 'a\nb' })
    assert.doesNotMatch(lines[0]!, /\u001b/)
  })

  it('shows of an error its type, message, code, stack and causes only', () => {
    const cause = Object.assign(new TypeError('inner'), { parameters: ['canary'] })
    const error = Object.assign(new Error('outer', { cause }), { code: 'E1', detail: 'Key (email)=(canary)' })
    const shown = describeError(error)
    assert.deepEqual([shown.type, shown.message, shown.code], ['Error', 'outer', 'E1'])
    assert.equal(shown.cause?.message, 'inner')
    assert.doesNotMatch(JSON.stringify(shown), /canary/)
    assert.equal(describeError('text').message, 'text')
  })
})
