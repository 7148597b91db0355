import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createEngine, password } from '../harness.ts'
import { launchChromium } from './chromium.ts'

describe('/console/setup', () => {
  it('makes the first administrator, after it has said all that is wrong', async (t) => {
    const { engine, cleanUp } = createEngine('sqlite')
    t.after(cleanUp)
    const service = await engine.start()
    const browser = await launchChromium()
    t.after(() => browser.close())
    const setup = await service.roster.setup.createLink()
    assert.ok(setup)
    const page = await browser.newPage()
    await page.goto(`${service.url}/console/setup#${setup.link.split('#')[1]}`)
    await page.getByLabel('Username').fill('ada')
    await page.getByLabel('E-mail address').fill('nobody')
    await page.getByLabel('Password').fill('short')
    await page.getByRole('button').click()
    await page.locator('#password-problem', { hasText: 'at least 8' }).waitFor()
    assert.match((await page.locator('#email-problem').textContent()) ?? '', /\w/)
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'email')
    await page.getByLabel('E-mail address').fill('ada@example.com')
    await page.getByLabel('Password').fill(password)
    await page.keyboard.press('Enter')
    await page.getByRole('status').waitFor()
    assert.equal(await page.locator('#email-problem').textContent(), '')
    const body = { username: 'ada', password }
    const { status, body: signedIn } = await service.call('POST', '/auth/login', { body })
    assert.deepEqual([status, signedIn.user.roles], [200, ['admin', 'user']])
  })
})
