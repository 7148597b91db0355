import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { createEngine, type Service } from '../harness.ts'

const { engine, cleanUp } = createEngine('sqlite')
let service: Service
before(async () => {
  service = await engine.start()
})
after(cleanUp)

it('search engines are asked not to index the service', async () => {
  const { status, text } = await service.call('GET', '/robots.txt')
  assert.deepEqual([status, text], [200, 'User-agent: *\nDisallow: /\n'])
})

it('/llms.txt leads to the API, by addresses that work', async () => {
  const { text } = await service.call('GET', '/llms.txt')
  const addresses = [...text.matchAll(/\(http:\/\/roster\.test(\/[^)]+)\)/g)].map(([, path]) => path!)
  assert.equal(addresses.length, 3)
  for (const path of addresses) assert.equal((await service.call('GET', path)).status, 200, path)
})

it('there is an icon, whatever the browser accepts', async () => {
  for (const path of ['/favicon.svg', '/favicon.ico']) {
    const { status, headers } = await service.call('GET', path, {
      headers: { accept: 'image/avif,image/webp' },
    })
    assert.deepEqual([status, headers.get('content-type')], [200, 'image/svg+xml; charset=utf-8'])
  }
})

it('every page has a main part, a description and the icon', async () => {
  const html = { accept: 'text/html' }
  const paths = [
    '/problems',
    '/problems/not_found',
    '/docs',
    '/account/verify',
    '/account/forgot',
    '/console/setup',
  ]
  for (const path of paths) {
    const { text, headers } = await service.call('GET', path, { headers: html })
    assert.match(text, /<main\b/, path)
    assert.match(text, /<meta name="description" content="[^"]{10,}">/, path)
    assert.match(text, /<link rel="icon" href="\/?favicon\.svg">/, path)
    assert.match(headers.get('content-security-policy')!, /img-src 'self'/, path)
  }
})

it('the OpenAPI document is compressed for those who accept it', async () => {
  const answer = async (encoding: string) => {
    const { headers, text } = await service.call('GET', '/openapi.json', {
      headers: { 'accept-encoding': encoding },
    })
    return [headers.get('content-encoding'), headers.get('vary'), JSON.parse(text).openapi]
  }
  const vary = 'Accept-Encoding, Origin'
  assert.deepEqual(await answer('gzip, deflate, br'), ['br', vary, '3.1.1'])
  assert.deepEqual(await answer('gzip'), ['gzip', vary, '3.1.1'])
  assert.deepEqual(await answer('br;q=0, gzip;q=0.0'), [null, vary, '3.1.1'])
})
