import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { createEngine, password, type Service } from '../harness.ts'
import { type Smtp, startSmtp } from '../mail/smtp.ts'
import { dropCookies, startVisits, takePicture, type Visits, violations } from './console/console.ts'

const { engine, cleanUp } = createEngine('sqlite')
let visits: Visits
let service: Service
let smtp: Smtp
before(async () => {
  visits = await startVisits()
  smtp = await startSmtp()
  service = await engine.start({ ROSTER_MAIL_URL: smtp.url, ROSTER_EMAIL_LINK: 'true' })
})
after(async () => {
  await visits.close()
  await cleanUp()
  await smtp.stop()
})

it('a user signs in with a mailed code, and with a mailed link in the browser that requested it and in no other', async () => {
  await service.admin()
  const { email } = await service.createUser({ username: 'reader', email_verified: true })
  const visitor = await visits.visit(service)
  const { page } = visitor
  const ask = async () => {
    await page.goto(`${service.url}/sign-in`)
    await page.getByLabel('Username or e-mail address').fill(email)
    await page.getByRole('button', { name: 'Sign in with a mail' }).click()
    assert.equal(await page.getByLabel('E-mail address').inputValue(), email)
    const known = smtp.to(email).length
    await page.getByRole('button', { name: 'Send the mail' }).click()
    await page.getByText('a mail is on its way').waitFor()
    return smtp.next(email, known)
  }
  const mail = await ask()
  await page.getByLabel('Code from the mail').fill('1')
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByText('This code is not valid').waitFor()
  assert.deepEqual(await violations(page), [])
  await takePicture(page, 'sign-in-mail-code')
  await page.getByLabel('Code from the mail').fill(/\b\d{6}\b/.exec(mail.text)![0])
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.waitForURL(/\/account\//)

  await dropCookies(page, 'roster')
  const { link } = await ask()
  const path = link.replace('http://roster.test', service.url)
  const scanner = await visits.visit(service)
  await scanner.page.goto(path)
  await scanner.page.getByText('opened in another browser').waitFor()
  await takePicture(scanner.page, 'sign-in-mail-elsewhere')
  await page.goto(path)
  await page.waitForURL(/\/account\//)
  assert.ok(!page.url().includes('token'))
  assert.deepEqual([...visitor.complaints, ...scanner.complaints], [])
})

it('a user signs in with a password that an administrator set, and must replace it', async () => {
  const { token } = await service.admin()
  const body = { username: 'starter', email: 'starter@example.com', password, must_change_password: true }
  assert.equal((await service.call('POST', '/users', { as: token, body })).status, 201)
  const visitor = await visits.visit(service)
  const { page } = visitor
  const signIn = async (secret: string) => {
    await page.goto(`${service.url}/sign-in`)
    await page.getByLabel('Username or e-mail address').fill('starter')
    await page.getByLabel('Password', { exact: true }).fill(secret)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  }
  await signIn(password)
  await page.getByText('An administrator handed out your password').waitFor()
  assert.deepEqual(await violations(page), [])
  await takePicture(page, 'sign-in-new-password')
  // All other pages lead back to the sign-in page.
  await page.goto(`${service.url}/account/profile`)
  await page.waitForURL(/\/sign-in\?/)
  await signIn(password)
  await page.getByLabel('New password', { exact: true }).fill('another good one')
  await page.getByRole('button', { name: 'Set password' }).click()
  await page.waitForURL(/\/account\//)
  await page.locator('h1').waitFor()
  assert.deepEqual(visitor.complaints, [])
})
