import assert from 'node:assert/strict'
import { it } from 'node:test'
import { shiftClock } from '../../src/clock.ts'
import { until } from '../harness/wait.ts'
import { createEngine, password } from '../harness.ts'
import { startSmtp } from '../mail/smtp.ts'
import { launchChromium } from './chromium.ts'
import { violations } from './console/console.ts'
import { keyboardFaults } from './keyboard.ts'

const grace = 7 * 24 * 3600 + 60

it('the sign-in page accepts a mailed code as the second step, and reports a wrong code', async (t) => {
  const smtp = await startSmtp()
  t.after(() => smtp.stop())
  const { engine, cleanUp } = createEngine('sqlite')
  t.after(cleanUp)
  const service = await engine.start({
    ...{ ROSTER_MAIL_URL: smtp.url, ROSTER_SECOND_FACTOR: 'everybody' },
    ...{ ROSTER_SECOND_FACTOR_BY_MAIL: 'true' },
  })
  await service.admin()
  const user = await service.createUser({ email_verified: true })
  await service.call('GET', '/auth/session', { as: user.token })
  shiftClock(grace)
  t.after(() => shiftClock(-grace))
  const browser = await launchChromium()
  t.after(() => browser.close())
  const page = await browser.newPage()
  await page.goto(`${service.url}/sign-in`)
  await page.locator('[name=username]').fill(user.username)
  await page.locator('[name=password]').fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByText('Six digits that we mailed to you').waitFor()
  assert.equal(await page.locator('[name=trust_browser]').count(), 0)
  assert.deepEqual(await violations(page), [])
  const mail = await until(
    () => smtp.to(user.email).find(({ subject }) => subject.startsWith('Your code')),
    'the code',
  )
  const code = /\b\d{6}\b/.exec(mail.text)![0]
  await page.locator('[name=code]').fill(code === '000000' ? '111111' : '000000')
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('alert').filter({ hasText: 'Take the one of the newest mail.' }).waitFor()
  assert.deepEqual([...(await violations(page)), ...(await keyboardFaults(page))], [])
  await page.locator('[name=code]').fill(`${code.slice(0, 3)} ${code.slice(3)}`)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.waitForURL(`${service.url}/account`)
  const me = await page.evaluate(async () => (await fetch('/users/me')).status)
  assert.equal(me, 200, 'the session is not limited to adding a factor')
})
