import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { createUiBuilds } from '../../../src/pages/ui-build.ts'
import { folderAt } from '../../../src/runtime/own-files.ts'
import { createEngine, type Service } from '../../harness.ts'

type Raw = { status: number; headers: Record<string, string | string[] | undefined>; bytes: Buffer }

describe('how the web interface is served', () => {
  const { engine, cleanUp } = createEngine('sqlite')
  let service: Service
  before(async () => {
    const build = fileURLToPath(new URL('../../../../console/tools/ensure-built.js', import.meta.url))
    assert.equal(spawnSync(process.execPath, [build], { stdio: 'inherit' }).status, 0)
    service = await engine.start()
    await service.admin()
  })
  after(cleanUp)
  const get = (path: string, headers: Record<string, string> = {}, from = service.url) =>
    new Promise<Raw>((resolve, reject) => {
      const sent = request(`${from}${path}`, { headers }, async (response) => {
        const parts: Buffer[] = []
        for await (const part of response) parts.push(part as Buffer)
        resolve({ status: response.statusCode!, headers: response.headers, bytes: Buffer.concat(parts) })
      })
      sent.on('error', reject).end()
    })
  const scripts = async (path: string) =>
    [...(await get(path)).bytes.toString().matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(
      ([, url]) => url!,
    )

  it('browsers do not store pages of the web interface, which run only their own scripts and styles', async () => {
    for (const path of ['/sign-in', '/sign-up', '/console', '/console/users?q=a&q=b', '/account/profile']) {
      const { status, headers, bytes } = await get(path)
      assert.deepEqual([status, headers['content-type']], [200, 'text/html; charset=utf-8'], path)
      assert.equal(headers['cache-control'], 'no-store')
      const policy = String(headers['content-security-policy']).split('; ')
      for (const rule of [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
      ])
        assert.ok(policy.includes(rule), rule)
      // A picture in a `data:` URL, such as a QR code, runs no script.
      const others = policy.filter((rule) => rule !== "img-src 'self' data:")
      assert.doesNotMatch(others.join(), /unsafe|\*|https?:|data:/)
      assert.doesNotMatch(bytes.toString(), /<style|<script(?![^>]*\ssrc=)|\son\w+=|\sstyle=/)
    }
  })

  it('assets are compressed as the client accepts, and the content of a name never changes', async () => {
    const [path] = (await scripts('/sign-in')).filter((url) => url.endsWith('.js'))
    const plain = await get(path!)
    assert.equal(plain.headers['cache-control'], 'public, max-age=31536000, immutable')
    assert.equal(plain.headers['content-encoding'], undefined)
    const brotli = await get(path!, { 'accept-encoding': 'gzip, br' })
    assert.equal(brotli.headers['content-encoding'], 'br')
    assert.deepEqual(brotliDecompressSync(brotli.bytes), plain.bytes)
    const gzip = await get(path!, { 'accept-encoding': 'gzip' })
    assert.equal(gzip.headers['content-encoding'], 'gzip')
    assert.deepEqual(gunzipSync(gzip.bytes), plain.bytes)
    assert.match(String(gzip.headers['vary']), /Accept-Encoding/)
  })

  it('every file that a page names is served, and no file outside the assets', async () => {
    for (const page of ['/sign-in', '/console'])
      for (const path of await scripts(page)) assert.equal((await get(path)).status, 200, path)
    for (const path of [
      '/assets/nothing.js',
      '/assets/..%2Fbuild.json',
      '/assets/%2e%2e%2fapp.html',
      '/assets/build.json',
      '/assets/app.html',
    ]) {
      const { status } = await get(path)
      assert.ok(status === 404 || status === 400, `${path}: ${status}`)
    }
  })

  it('the sign-up page exists only when sign-up is open', async () => {
    const closed = await engine.start({ ROSTER_SIGNUP: 'closed' })
    await closed.admin()
    assert.equal((await get('/sign-up', {}, closed.url)).status, 404)
    const page = (await get('/sign-in', {}, closed.url)).bytes.toString()
    assert.match(page, /name="roster" content="[^"]*signup&quot;:false/)
  })

  it('the service waits for a missing build of the web interface, and serves it when it is ready', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'roster-ui-'))
    const current = createUiBuilds(
      { base: '/auth', logo: null, style: null },
      { signup: true },
      folderAt(pathToFileURL(`${folder}/`)),
    )
    assert.equal(await current(), null)
    const html = '<meta name="roster" content="{}" /><script src="./assets/a.js"></script>'
    for (const page of ['app', 'sign-in']) writeFileSync(join(folder, `${page}.html`), html)
    writeFileSync(join(folder, 'build.json'), '{}')
    const text = (await current())!.html('app')
    assert.match(text, /src="\/auth\/assets\/a\.js"/)
    assert.match(text, /content="\{&quot;base&quot;:&quot;\/auth&quot;,&quot;signup&quot;:true\}"/)
  })
})
