/** The reference of the API at `/docs`, in a browser. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser } from 'playwright-core'
import { createEngine, type Service } from '../harness.ts'
import { launchChromium } from './chromium.ts'
import { violations } from './console/console.ts'

describe('the reference of the API', () => {
  const { engine, cleanUp } = createEngine('sqlite')
  let service: Service
  let browser: Browser
  before(async () => {
    service = await engine.start()
    browser = await launchChromium()
  })
  after(async () => {
    await browser?.close()
    await cleanUp()
  })

  for (const options of [
    { colorScheme: 'light', viewport: { width: 1280, height: 800 } },
    { colorScheme: 'dark', viewport: { width: 360, height: 740 } },
  ] as const) {
    it(`passes axe and needs nothing from elsewhere: ${options.colorScheme}`, async () => {
      const context = await browser.newContext(options)
      const page = await context.newPage()
      const complaints: string[] = []
      const hosts = new Set<string>()
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
      page.on('pageerror', (error) => complaints.push(String(error)))
      page.on('request', (request) => hosts.add(new URL(request.url()).origin))
      await page.goto(`${service.url}/docs#createUser`)
      await page.getByRole('heading', { name: 'Sign up, or create a user' }).waitFor()
      await page.locator('#createUser .access').getByText('everyone, without signing in').waitFor()
      // axe reads every element: the opened operation and the first of each group are enough.
      await page.evaluate(() => {
        for (const operation of document.querySelectorAll('section .operation:nth-of-type(n+3)'))
          if (!(operation as HTMLDetailsElement).open) operation.remove()
      })
      assert.deepEqual(await violations(page), [])
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
      assert.ok(overflow <= 0, `${overflow} px too wide`)
      assert.deepEqual(complaints, [])
      assert.deepEqual([...hosts], [service.url])
      await context.close()
    })
  }

  it('the API reference finds operations by words and sends a request with a token', async () => {
    const { token, username } = await service.admin()
    const page = await browser.newPage()
    await page.goto(`${service.url}/docs`)
    await page.getByLabel('Find an operation').fill('get search users')
    assert.match((await page.getByRole('status').first().textContent()) ?? '', /^1 of \d+ operations$/)
    await page.locator('.operation:visible > summary').click()
    await page.getByRole('button', { name: 'Try it' }).click()
    await page.getByLabel('q (query)').fill(username)
    await page.getByRole('button', { name: 'Send GET' }).click()
    await page.getByText('401 Unauthorized').waitFor()
    await page.getByLabel('Access token or API key').fill(token)
    await page.getByRole('button', { name: 'Send GET' }).click()
    await page.getByText('200 OK').waitFor()
    assert.match((await page.locator('.sending pre').textContent()) ?? '', /"username": "admin"/)
    await page.close()
  })
})
