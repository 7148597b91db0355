import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { isPublic } from './addresses.ts'
import { createEgress, egressReason } from './egress.ts'

const loopback = { allowed: ['127.0.0.0/8', '::1'] }
const reasonOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'fetched',
    (error) => egressReason(error) ?? String(error),
  )

/** A certificate for localhost that no program trusts. */
function selfSigned() {
  const folder = mkdtempSync(join(tmpdir(), 'egress-'))
  const [key = '', cert = ''] = ['key.pem', 'cert.pem'].map((file) => join(folder, file))
  const request =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost'
  execFileSync('openssl', [...request.split(' '), '-keyout', key, '-out', cert], { stdio: 'ignore' })
  const made = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  rmSync(folder, { recursive: true })
  return made
}

describe('the address of an outgoing request', () => {
  it('is public, or refused in every way to write it', () => {
    const refused = [
      ...[
        '0.0.0.0',
        '10.1.2.3',
        '100.64.0.1',
        '127.0.0.1',
        '169.254.169.254',
        '172.31.255.255',
        '192.168.0.1',
      ],
      ...['224.0.0.1', '255.255.255.255', '198.18.0.1', '::', '::1', 'fe80::1', 'fc00::1', 'ff02::1'],
      ...[
        '::ffff:127.0.0.1',
        '::ffff:a9fe:a9fe',
        '64:ff9b::10.0.0.1',
        '2002:7f00:1::',
        '2001:db8::1',
        '::1%lo',
      ],
      'localhost',
    ]
    assert.deepEqual(
      refused.filter((address) => isPublic(address)),
      [],
    )
    const open = ['1.1.1.1', '172.32.0.1', '2606:4700::1111', '::ffff:8.8.8.8', '64:ff9b::8.8.8.8']
    assert.deepEqual(
      open.filter((address) => !isPublic(address)),
      [],
    )
  })

  it('is refused before a connection, whichever form the URL has', async () => {
    const { fetch } = createEgress({ allowed: [] })
    for (const url of ['https://127.0.0.1', 'https://2130706433', 'https://0x7f.1', 'https://[::1]'])
      assert.equal(await reasonOf(fetch(url)), 'address_not_allowed', url)
    for (const url of [
      'http://1.1.1.1',
      'ftp://example.com',
      'https://a:b@example.com',
      'file:///etc/passwd',
    ])
      assert.equal(await reasonOf(fetch(url)), 'url_not_allowed', url)
    assert.equal(await reasonOf(fetch('https://localhost')), 'address_not_allowed')
  })

  it('is checked as it is connected to: a name is resolved once, and all its addresses count', async () => {
    let asked = 0
    const answers = [['10.0.0.1'], ['1.1.1.1', '10.0.0.1'], []]
    const { fetch } = createEgress({ allowed: [] }, async () => {
      const found = answers[asked] ?? []
      asked += 1
      return found.map((address) => ({ address, family: 4 }))
    })
    const reasons = []
    for (const _ of answers) reasons.push(await reasonOf(fetch('https://example.com')))
    assert.deepEqual(reasons, ['address_not_allowed', 'address_not_allowed', 'name_not_resolved'])
    assert.equal(asked, 3)
  })

  it('may be http only in an allowed network', async () => {
    const { fetch } = createEgress(loopback, async () => [{ address: '1.1.1.1', family: 4 }])
    assert.equal(await reasonOf(fetch('http://example.com')), 'url_not_allowed')
  })
})

describe('an outgoing request', () => {
  let server: Server
  let url: string
  let answer: RequestListener
  before(async () => {
    server = createServer((request, response) => answer(request, response))
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    url = `http://localhost:${(server.address() as AddressInfo).port}/`
  })
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  // One address, also where localhost has two.
  const { fetch } = createEgress(loopback, async () => [{ address: '127.0.0.1', family: 4 }])

  it('sends a form and reads JSON', async () => {
    answer = async (request, response) => {
      const parts = await request.toArray()
      const type = request.headers['content-type']
      response.end(JSON.stringify([request.method, type, Buffer.concat(parts).toString()]))
    }
    const response = await fetch(url, { method: 'POST', body: new URLSearchParams({ a: 'b c' }) })
    assert.deepEqual(await response.json(), ['POST', 'application/x-www-form-urlencoded', 'a=b+c'])
  })

  it('does not follow a redirect', async () => {
    let count = 0
    answer = (_request, response) => {
      count += 1
      response.writeHead(302, { location: '/' }).end()
    }
    const response = await fetch(url)
    assert.deepEqual([response.status, response.headers.get('location'), count], [302, '/', 1])
  })

  it('reads no more than it may', async () => {
    answer = (_request, response) => void response.end('x'.repeat(1_000_000))
    assert.equal(await reasonOf(fetch(url, { maxBytes: 100 })), 'body_too_large')
    const response = await fetch(url, { maxBytes: 100, longBody: 'cut' })
    assert.equal((await response.text()).length, 100)
  })

  it('waits for the whole body no longer than it may', async () => {
    answer = (_request, response) => void response.write('x')
    assert.equal(await reasonOf(fetch(url, { timeoutMs: 100 })), 'timeout')
    answer = () => {}
    assert.equal(await reasonOf(fetch(url, { timeoutMs: 100 })), 'timeout')
  })

  it('says what kept the answer away: the name, the connection, TLS, or a connection that breaks off', async () => {
    const { fetch: lost } = createEgress(loopback)
    assert.equal(await reasonOf(lost('http://127.0.0.1:1/')), 'connection_refused')
    assert.equal(await reasonOf(lost('https://127.0.0.1:1/')), 'connection_refused')
    const { fetch: nameless } = createEgress(loopback, async () => {
      throw Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' })
    })
    assert.equal(await reasonOf(nameless(url)), 'name_not_resolved')
    // This server speaks no TLS.
    assert.equal(await reasonOf(fetch(url.replace('http:', 'https:'))), 'tls_failed')
    answer = (request) => void request.socket.destroy()
    assert.equal(await reasonOf(fetch(url)), 'unreachable')
  })

  it('says that TLS failed for a wrong certificate, and not for a failure after the handshake', async (t) => {
    const { key, cert } = selfSigned()
    const secure = createSecureServer({ key, cert }, (request) => request.socket.destroy())
    await new Promise<void>((done) => secure.listen(0, '127.0.0.1', done))
    t.after(() => secure.close())
    const { port } = secure.address() as AddressInfo
    assert.equal(await reasonOf(fetch(`https://localhost:${port}/`)), 'tls_failed')
    const before = getCACertificates()
    t.after(() => setDefaultCACertificates(before))
    setDefaultCACertificates([...before, cert])
    assert.equal(await reasonOf(fetch(`https://localhost:${port}/`)), 'unreachable')
    assert.equal(await reasonOf(fetch(`https://elsewhere.test:${port}/`)), 'tls_failed')
  })
})
