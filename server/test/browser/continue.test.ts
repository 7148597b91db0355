import assert from 'node:assert/strict'
import { it } from 'node:test'
import { until } from '../harness/wait.ts'
import { createEngine } from '../harness.ts'
import { launchChromium } from './chromium.ts'

it('a page behind a mailed link shows the link to the application only after the password is set', async (t) => {
  const { engine, cleanUp } = createEngine('sqlite')
  t.after(cleanUp)
  const settings = {
    ROSTER_PASSWORD_MIN_LENGTH: '12',
    ROSTER_SIGNUP: 'open',
    ROSTER_APP_NAME: 'Acme',
    ROSTER_APP_URL: 'https://app.example.com/',
  }
  const service = await engine.start(settings)
  const { email } = await service.createUser()
  await service.call('POST', '/auth/forgot-password', { body: { email } })
  const token = await until(() => {
    const texts = service.logs().map((line) => JSON.stringify(line))
    return /account\/reset#token=([\w-]+)/.exec(texts.join('\n'))?.[1]
  }, 'the link')
  const browser = await launchChromium()
  t.after(() => browser.close())
  const page = await browser.newPage()
  await page.goto(`${service.url}/account/reset#token=${token}`)
  const link = page.getByRole('link', { name: 'Continue to Acme' })
  assert.equal(await link.isVisible(), false)
  await page.getByText('At least 12 characters.').waitFor()
  await page.getByLabel('New password').fill('another fine password')
  await page.getByRole('button', { name: 'Set password' }).click()
  await link.waitFor()
  assert.equal(await link.getAttribute('href'), 'https://app.example.com/')
  await page.goto(`${service.url}/sign-up?lang=en`)
  await page.getByText('At least 12 characters.').waitFor()
})
