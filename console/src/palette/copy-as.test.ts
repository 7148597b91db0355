import assert from 'node:assert/strict'
import { it } from 'node:test'

Object.assign(globalThis, {
  document: { querySelector: () => null },
  location: { origin: 'https://users.example.com' },
})
const { copyAs } = await import('./copy-as.ts')

it('a request becomes a command that a shell takes as it is', () => {
  assert.equal(
    copyAs('curl', "/users?q=o'neil"),
    `curl -H "Authorization: Bearer $ROSTER_TOKEN" 'https://users.example.com/users?q=o'\\''neil'`,
  )
})

it('a request becomes a call of the SDK, with the id as a parameter of the path', () => {
  const id = '0197c1f2-0000-7000-8000-00000000abcd'
  assert.equal(copyAs('sdk', '/roles'), "await roster.call('GET', '/roles')")
  assert.equal(
    copyAs('sdk', `/users/${id}/sessions?limit=5`),
    `await roster.call('GET', '/users/{id}/sessions', {"path":{"id":"${id}"},"query":{"limit":"5"}})`,
  )
})
