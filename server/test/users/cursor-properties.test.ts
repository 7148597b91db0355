import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import fc from 'fast-check'
import { systemCaller } from '../../src/caller.ts'
import { sortFields } from '../../src/features/users/list/user-query.ts'
import { runs } from '../harness/properties.ts'
import { onBothEngines, type Service, type TestUser } from '../harness.ts'

const orders = sortFields.flatMap((field) => [field, `-${field}`])

onBothEngines('pages', (engine) => {
  let service: Service
  let admin: TestUser
  let count = 0
  before(async () => {
    service = await engine.start({ ROSTER_EMAIL: 'optional' })
    admin = await service.admin()
    for (let at = 0; at < 40; at += 1) await create()
  })

  /** Some names sort before, among and after those who stay; `last_login_at` of most is empty. */
  const create = async (): Promise<string> => {
    count += 1
    const username = `${'amz'[count % 3]}${count}`
    const { user } = await service.roster.users.create(systemCaller, {
      username,
      email: count % 4 === 0 ? null : `${'zma'[count % 3]}${count}@example.com`,
      roles: ['user'],
    })
    return user.id
  }

  const read = async (path: string) => {
    const { status, headers, body } = await service.call('GET', path, { as: admin.token })
    assert.equal(status, 200, path)
    const link = (relation: string) =>
      new RegExp(`<([^>]+)>; rel="${relation}"`).exec(headers.get('link') ?? '')?.[1]
    return {
      ids: body.map((user: { id: string }) => user.id) as string[],
      next: link('next'),
      prev: link('prev'),
    }
  }

  /** Follows the links of one kind to the end. */
  const walk = async (
    from: string,
    relation: 'next' | 'prev',
    between: () => Promise<void> = async () => {},
  ) => {
    const pages: string[][] = []
    let last = from
    for (let path: string | undefined = from; path !== undefined; ) {
      const page: Awaited<ReturnType<typeof read>> = await read(path)
      pages.push(page.ids)
      last = path
      path = page[relation]
      assert.ok(pages.length < 300, 'the walk ends')
      await between()
    }
    return { pages, last }
  }

  describe('walking all pages', () => {
    for (const sort of orders) {
      it(`by ${sort}, while users come and go, meets each who stayed exactly once`, async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.integer({ min: 1, max: 17 }),
            fc.infiniteStream(fc.nat(2)),
            async (limit, chances) => {
              const comers: string[] = [await create(), await create(), await create()]
              const staying = new Set((await read('/users?limit=200')).ids)
              for (const id of comers) staying.delete(id)
              const seen = (
                await walk(`/users?sort=${sort}&limit=${limit}`, 'next', async () => {
                  const chance = chances.next().value
                  if (chance === 0) comers.push(await create())
                  const gone = chance === 1 ? comers.shift() : undefined
                  if (gone) await service.call('DELETE', `/users/${gone}`, { as: admin.token })
                })
              ).pages.flat()
              for (const id of comers)
                await service.call('DELETE', `/users/${id}?purge=true`, { as: admin.token })
              assert.equal(new Set(seen).size, seen.length, 'nobody is seen twice')
              assert.deepEqual(
                [...staying].filter((id) => !seen.includes(id)),
                [],
                'nobody is missed',
              )
            },
          ),
          { numRuns: runs(4) },
        )
      })

      it(`by ${sort}: prev leads back through the same pages`, async () => {
        for (const limit of [1, 7, 41, 100]) {
          const there = await walk(`/users?sort=${sort}&limit=${limit}`, 'next')
          const back = await walk(there.last, 'prev')
          const ids = back.pages.toReversed().flat()
          assert.deepEqual(ids, there.pages.flat())
          assert.deepEqual(back.pages.toReversed(), there.pages)
        }
      })
    }
  })
})
