import assert from 'node:assert/strict'
import { it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { AnyReply, AnyRequest } from '../types.ts'
import { limitBuilding } from './building.ts'

it('what an answer of a megabyte was made from is collected', async () => {
  let collections = 0
  const building = limitBuilding({ mustRead: () => false, afterRead: () => {}, waitMs: 1 }, () => {
    collections += 1
  })
  const request = { visit: { plan: { pattern: '/list' } } } as unknown as AnyRequest
  for (const [bytes, expected] of [
    [1000, 0],
    [1024 * 1024, 1],
  ] as const) {
    building.end(request, {} as AnyReply, Buffer.alloc(bytes), () => {})
    await turn()
    assert.equal(collections, expected)
  }
})
