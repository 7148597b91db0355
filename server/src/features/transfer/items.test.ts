import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createItemImport } from './items.ts'

it('rows without a user cost no transaction', async () => {
  const { importItems } = createItemImport({} as Parameters<typeof createItemImport>[0])
  const refuse = () => assert.fail('the users are asked')
  const items = [
    { row: 2, skipped: 'a row of separators only' },
    { row: 3, fault: { code: 'not_utf8', detail: 'The row is not UTF-8.' } },
  ]
  const results = await importItems(items, refuse)
  assert.deepEqual(
    results.map(({ row, result }) => [row, result]),
    [
      [2, 'skipped'],
      [3, 'failed'],
    ],
  )
})
