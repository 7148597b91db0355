import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { createEngine, password, type Service } from '../harness.ts'
import { launchChromium } from './chromium.ts'

const token = 'q5-Ah0nGk1ytsHLh2ZVDvVrLkN3oYpJ0Ck8bQeUiXwM'

describe('pages behind the links of mails', () => {
  const { engine, cleanUp } = createEngine('sqlite')
  let service: Service
  let browser: Browser
  before(async () => {
    service = await engine.start()
    browser = await launchChromium()
  })
  after(async () => {
    await browser.close()
    await cleanUp()
  })

  /** The page, the requests it has sent, and what it complained about. */
  const open = async (path: string): Promise<{ page: Page; posts: string[]; complaints: string[] }> => {
    const page = await browser.newPage()
    const posts: string[] = []
    const complaints: string[] = []
    page.on(
      'request',
      (request) =>
        request.method() === 'POST' && posts.push(`${new URL(request.url()).pathname} ${request.postData()}`),
    )
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(String(error)))
    await page.goto(`${service.url}${path}`)
    return { page, posts, complaints }
  }

  for (const path of [
    '/account/verify',
    '/account/reset',
    '/account/invitation',
    '/account/confirm-email',
    '/console/setup',
  ]) {
    it(`${path}: opening changes nothing and hides the token; the button asks and shows the problem`, async () => {
      const { page, posts, complaints } = await open(`${path}#token=${token}`)
      assert.deepEqual([posts, complaints], [[], []])
      assert.equal(new URL(page.url()).hash, '')
      for (const field of await page.locator('input').all())
        await field.fill(
          (await field.getAttribute('type')) === 'email' ? 'ada@example.com' : 'ada-of-the-lake',
        )
      await page.locator('button').click()
      await page.locator('#problem', { hasText: /\w/ }).waitFor()
      assert.equal(posts.length, 1)
      assert.match(posts[0] ?? '', new RegExp(`"token":"${token}"`))
      await page.close()
    })
  }

  it('/account/forgot needs no link', async () => {
    const { page, posts, complaints } = await open('/account/forgot')
    assert.deepEqual([posts, complaints], [[], []])
    await page.getByLabel('E-mail address').fill('ada@example.com')
    await page.getByRole('button').click()
    await page.getByRole('status').waitFor()
    assert.deepEqual(posts, ['/auth/forgot-password {"email":"ada@example.com"}'])
    await page.close()
  })

  it('a page without its token says so, and takes one that comes later', async () => {
    const { page } = await open('/account/reset')
    await page.locator('#problem', { hasText: 'not complete' }).waitFor()
    await page.goto(`${service.url}/account/reset#token=${token}`)
    await page.getByLabel('New password').fill('ada-of-the-lake')
    await page.getByRole('button').click()
    await page.locator('#problem', { hasText: 'used already' }).waitFor()
    await page.close()
  })

  it('fits a narrow screen, and shows itself light and dark', async () => {
    const { page } = await open(`/console/setup#token=${token}`)
    await page.setViewportSize({ width: 320, height: 640 })
    const width = await page.evaluate(() => document.documentElement.scrollWidth)
    assert.ok(width <= 320, `${width} px`)
    const colour = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    await page.emulateMedia({ colorScheme: 'light' })
    const light = await colour()
    await page.emulateMedia({ colorScheme: 'dark' })
    assert.notEqual(await colour(), light)
    await page.close()
  })

  it('makes the first administrator', async () => {
    const setup = await service.roster.setup.createLink()
    assert.ok(setup)
    const { page } = await open(`/console/setup#${setup.link.split('#')[1]}`)
    await page.getByLabel('Username').fill('ada')
    await page.getByLabel('E-mail address').fill('nobody')
    await page.getByLabel('Password').fill('short')
    await page.getByRole('button').click()
    await page.locator('#password-problem', { hasText: 'at least 8' }).waitFor()
    assert.match((await page.locator('#email-problem').textContent()) ?? '', /\w/)
    await page.getByLabel('E-mail address').fill('ada@example.com')
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button').click()
    await page.getByRole('status').waitFor()
    const { status } = await service.call('POST', '/auth/login', { body: { username: 'ada', password } })
    assert.equal(status, 200)
    await page.close()
  })
})
