import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { readConfig } from '../../src/config.ts'
import { createEngine, type Service } from '../harness.ts'
import { type Smtp, startSmtp } from '../mail/smtp.ts'
import { startVisits, takePicture, type Visits, violations } from './console/console.ts'

const folder = mkdtempSync(join(tmpdir(), 'roster-brand-'))
const logo = join(folder, 'logo.svg')
writeFileSync(
  logo,
  '<?xml version="1.0"?>\n<!-- a leaf -->\n<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 32"><script>document.title = "run"</script><path d="M4 28C8 8 30 4 60 4 56 24 34 30 4 28Z" fill="#0b6b4f"/></svg>',
)

describe('the brand of the operator', () => {
  const { engine, cleanUp } = createEngine('sqlite')
  let service: Service
  let smtp: Smtp
  let visits: Visits
  before(async () => {
    smtp = await startSmtp()
    service = await engine.start({
      ROSTER_MAIL_URL: smtp.url,
      ROSTER_APP_NAME: 'Leaf & Co',
      ROSTER_BRAND_LOGO: logo,
      ROSTER_BRAND_COLOR: '#0b6b4f',
      ROSTER_TERMS_URL: 'https://leaf.example/terms?a=1&b="2"',
      ROSTER_PRIVACY_URL: 'https://leaf.example/privacy',
    })
    visits = await startVisits()
  })
  after(async () => {
    await visits.close()
    await cleanUp()
    await smtp.stop()
    rmSync(folder, { recursive: true })
  })

  const colorsOf = (selector: string) => {
    const { color, backgroundColor } = getComputedStyle(document.querySelector(selector)!)
    return [color, backgroundColor]
  }

  for (const scheme of ['light', 'dark'] as const)
    it(`the brand is on the sign-in, link and account pages: ${scheme}`, async () => {
      const user = await service.createUser()
      await service.admin()
      const visitor = await visits.visit(service, { colorScheme: scheme })
      const { page } = visitor
      const button = scheme === 'light' ? 'rgb(11, 107, 79)' : 'rgb(84, 151, 132)'
      const ink = scheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(13, 14, 20)'
      const width = () =>
        page
          .locator('.brand img')
          .first()
          .evaluate((image: HTMLImageElement) => image.naturalWidth)
      for (const [path, selector] of [
        ['/sign-up', 'button.primary'],
        ['/sign-in', 'button.primary'],
        ['/account/forgot', '#send'],
      ] as const) {
        await visitor.open(path)
        assert.deepEqual(await page.evaluate(colorsOf, selector), [ink, button], path)
        assert.ok((await width()) > 0, path)
        const links = await page
          .locator('a[href^="https://leaf.example/"]')
          .evaluateAll((all) => all.map((each) => each.getAttribute('href')))
        assert.deepEqual(
          links,
          ['https://leaf.example/terms?a=1&b=%222%22', 'https://leaf.example/privacy'].map((each) =>
            each.replaceAll('%22', '"'),
          ),
          path,
        )
        assert.match(
          (await page.locator('link[rel=icon]').getAttribute('href'))!,
          /^\/pages\/logo-[0-9a-f]{12}\.svg$/,
        )
        assert.deepEqual(await violations(page), [], path)
        await takePicture(page, `brand-${path.slice(1).replace('/', '-')}-${scheme}`)
      }
      await visitor.signIn(user.username)
      assert.ok((await width()) > 0)
      assert.deepEqual(await violations(page), [])
      await takePicture(page, `brand-account-${scheme}`)
      await page.goto(`${service.url}/nowhere`)
      assert.ok((await width()) > 0)
      assert.deepEqual(visitor.complaints, [])
      await visitor.close()
    })

  it('the colour of the brand is on the buttons of mails', async () => {
    const user = await service.createUser()
    await service.call('POST', '/auth/forgot-password', { body: { email: user.email } })
    const mail = await smtp.next(user.email, 0)
    assert.match(mail.html, /background:#0b6b4f;color:#fff/)
  })

  it('a logo that is opened as a page runs no script', async () => {
    const visitor = await visits.visit(service)
    const icon = /\/pages\/logo-\w+\.svg/.exec((await service.call('GET', '/sign-in')).text)![0]
    const answer = (await visitor.page.goto(`${service.url}${icon}`))!
    assert.equal(answer.headers()['content-type'], 'image/svg+xml')
    assert.equal(await visitor.page.title(), '')
    assert.equal((await service.call('GET', '/pages/logo-000000000000.svg')).status, 404)
    await visitor.close()
  })

  it('the service refuses to start with a logo or colour that cannot be shown or read', () => {
    const big = join(folder, 'big.svg')
    writeFileSync(big, `<svg>${' '.repeat(100 * 1024)}</svg>`)
    const page = join(folder, 'page.svg')
    writeFileSync(page, '<html><svg></svg></html>')
    const wrong: [name: string, value: string, why: RegExp][] = [
      ['ROSTER_BRAND_LOGO', join(folder, 'none.svg'), /must be a file that can be read/],
      ['ROSTER_BRAND_LOGO', folder, /must be a file that can be read/],
      ['ROSTER_BRAND_LOGO', big, /at most 100 KiB/],
      ['ROSTER_BRAND_LOGO', page, /must be an SVG or PNG file/],
      ['ROSTER_BRAND_COLOR', 'green', /must be a colour such as/],
      ['ROSTER_BRAND_COLOR', '#ffcc00', /has a contrast of 1\.4 .* take a darker colour/],
      ['ROSTER_BRAND_COLOR_DARK', '#0b6b4f', /take a lighter colour/],
      ['ROSTER_TERMS_URL', 'javascript:alert(1)', /must be an address/],
      ['ROSTER_PRIVACY_URL', 'leaf.example', /must be an address/],
    ]
    for (const [name, value, why] of wrong) {
      assert.throws(() => readConfig({ [name]: value }), new RegExp(`^Error: ${name} `), name)
      assert.throws(() => readConfig({ [name]: value }), why)
    }
    const png = join(folder, 'logo.png')
    writeFileSync(
      png,
      Buffer.from(
        'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
        'base64',
      ),
    )
    const { logo: read, colors } = readConfig({
      ROSTER_BRAND_LOGO: png,
      ROSTER_BRAND_COLOR_DARK: '#ffcc00',
    }).brand
    assert.equal(read?.type, 'image/png')
    assert.deepEqual(colors, { light: '#4a4fd4', dark: '#ffcc00' })
  })
})

it('without brand settings, the pages have the colours of Roster and no additional links', async (t) => {
  const { engine, cleanUp } = createEngine('sqlite')
  t.after(cleanUp)
  const service = await engine.start()
  for (const path of ['/sign-in', '/account/forgot']) {
    const { text } = await service.call('GET', path)
    assert.doesNotMatch(text, /\/pages\/(brand|logo)-|<footer>/)
  }
})
