import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { until } from '../harness/wait.ts'
import { type Sample, startSample } from './sample.ts'

let server: Sample
let running = 0
let most = 0
let mayEnd = Promise.withResolvers<void>()
const megabytes = 'x'.repeat(3_000_000)
before(async () => {
  server = await startSample({}, {}, (app) => {
    const build = async (answer: unknown) => {
      running += 1
      most = Math.max(most, running)
      await mayEnd.promise
      running -= 1
      return answer
    }
    app.get('/list', { config: { access: 'public', large: true } }, () => build([]))
    app.get('/heavy', { config: { access: 'public', large: true } }, () => build([megabytes]))
  })
})
after(() => server.close())
beforeEach(() => {
  most = 0
  mayEnd = Promise.withResolvers()
})

const ask = (signal?: AbortSignal, path = '/list') => fetch(`${server.url}${path}`, signal ? { signal } : {})

describe('large answers that are requested at the same time', () => {
  it('are made by four requests of a network at a time, and all are answered', async () => {
    const answers = Array.from({ length: 40 }, () => ask())
    await until(() => running === 4)
    mayEnd.resolve()
    const statuses = (await Promise.all(answers)).map(({ status }) => status)
    assert.deepEqual([statuses.filter((status) => status === 200).length, most], [40, 4])
  })

  it('give the turn of a client that has closed its connection to the next one', async () => {
    const first = Array.from({ length: 4 }, () => ask())
    await until(() => running === 4)
    const leaving = new AbortController()
    const gone = Array.from({ length: 20 }, () => ask(leaving.signal).catch(() => undefined))
    await until(() => server.app.deadlines.running.size === 24)
    const last = ask()
    await until(() => server.app.deadlines.running.size === 25)
    leaving.abort()
    await Promise.all(gone)
    await until(() => server.app.deadlines.running.size === 5)
    mayEnd.resolve()
    assert.deepEqual(
      (await Promise.all([...first, last])).map(({ status }) => status),
      Array(5).fill(200),
    )
    assert.equal(running, 0)
  })

  it('keep their turn until they are made, also when the client has gone', async () => {
    const leaving = new AbortController()
    const gone = Array.from({ length: 4 }, () => ask(leaving.signal).catch(() => undefined))
    await until(() => running === 4)
    leaving.abort()
    await Promise.all(gone)
    await until(() => server.app.deadlines.running.size === 0)
    const next = ask()
    await until(() => server.app.deadlines.running.size === 1)
    for (let turns = 0; turns < 50; turns += 1) await turn()
    mayEnd.resolve()
    assert.deepEqual([(await next).status, most, running], [200, 4, 0])
  })

  it('are made one at a time for a network while they have several megabytes', async () => {
    mayEnd.resolve()
    await (await ask(undefined, '/heavy')).text()
    most = 0
    mayEnd = Promise.withResolvers()
    const answers = Array.from({ length: 5 }, () => ask(undefined, '/heavy').then((answer) => answer.text()))
    await until(() => server.app.deadlines.running.size === 5)
    mayEnd.resolve()
    const lengths = (await Promise.all(answers)).map(({ length }) => length)
    assert.deepEqual([new Set(lengths), most], [new Set([megabytes.length + 4]), 1])
  })
})
