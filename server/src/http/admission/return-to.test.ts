import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { runs } from '../../../test/harness/properties.ts'
import { ownPath } from './return-to.ts'

describe('ownPath', () => {
  const taken: [text: string, path: string][] = [
    ['/', '/'],
    ['/account', '/account'],
    [
      '/console/users?filter=status%20eq%20%22active%22#top',
      '/console/users?filter=status%20eq%20%22active%22#top',
    ],
    [
      '/oauth2/interaction/x?next=https://app.example.com/a//b',
      '/oauth2/interaction/x?next=https://app.example.com/a//b',
    ],
    ['/caf%C3%A9', '/caf%C3%A9'],
    ['/a/../b', '/b'],
    ['/@evil.example', '/@evil.example'],
    ['/:80', '/:80'],
  ]
  for (const [text, path] of taken) it(`takes ${text}`, () => assert.equal(ownPath(text), path))

  const refused = [
    '',
    'account',
    '?x',
    '#x',
    'https://evil.example',
    'http:/evil.example',
    'javascript:alert(1)',
    'data:text/html,x',
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '\\/evil.example',
    '/a\\b',
    '/%5cevil.example',
    '/%5Cevil.example',
    '/%2fevil.example',
    '/%2Fevil.example',
    '/%252fevil.example',
    '/%25255cevil.example',
    '/.//evil.example',
    '/a/..//evil.example',
    '/%2e//evil.example',
    '/%2e%2e//evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '\t//evil.example',
    ' //evil.example',
    '/ /evil.example',
    '/%09/evil.example',
    '/%0d%0aset-cookie:x',
    '/a\r\nlocation: //evil.example',
    '/%00',
    '/%',
    '/%ff',
    '/\u2028',
    '/／evil.example',
    `/${'a'.repeat(2048)}`,
  ]
  for (const text of refused)
    it(`refuses ${JSON.stringify(text).slice(0, 60)}`, () => assert.equal(ownPath(text), null))

  it('never leads to another origin, whatever it takes', () => {
    const parts = fc.constantFrom(
      '/',
      '\\',
      '%2f',
      '%5c',
      '%25',
      '.',
      '..',
      '%2e',
      '\t',
      ':',
      '@',
      '?',
      '#',
      'evil.example',
      'http:',
    )
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 8 }), (list) => {
        const path = ownPath(list.join(''))
        if (path === null) return
        for (const one of [path, decodeURI(path)])
          assert.equal(new URL(one, 'https://roster.test').origin, 'https://roster.test')
      }),
      { numRuns: runs(2000) },
    )
  })
})
