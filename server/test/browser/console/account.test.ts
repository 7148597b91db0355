import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, it } from 'node:test'
import { Secret, TOTP } from 'otpauth'
import { onBothEngines, password, type Service, type TestUser } from '../../harness.ts'
import { type Smtp, startSmtp } from '../../mail/smtp.ts'
import { dropCookies, startVisits, type Visitor, type Visits, violations } from './console.ts'

const better = 'ada-of-the-lake'

onBothEngines('a user in the account pages', (engine) => {
  let service: Service
  let smtp: Smtp
  let visits: Visits
  let visitor: Visitor
  let ada: TestUser
  before(async () => {
    smtp = await startSmtp()
    service = await engine.start({ ROSTER_MAIL_URL: smtp.url })
    await service.admin()
    ada = await service.createUser({ username: 'ada', email_verified: true })
    visits = await startVisits()
    visitor = await visits.visit(service)
  })
  after(async () => {
    await visits?.close()
    await smtp?.stop()
  })
  const signIn = (username: string, secret: string) =>
    service.call('POST', '/auth/login', { body: { username, password: secret } })

  it('a user signs in after a wrong password, and gets to their account page', async () => {
    const { page } = visitor
    await visitor.open('/sign-in')
    await page.getByLabel('Username or e-mail address').fill(' ada ')
    await page.getByLabel('Password', { exact: true }).fill('not this one')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').filter({ hasText: 'is wrong' }).waitFor()
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.keyboard.press('Enter')
    await page.waitForURL('**/account/profile')
    assert.deepEqual(await page.evaluate(() => [document.cookie, localStorage.length]), ['', 0])
  })

  it('a user without permissions sees no part of the console', async () => {
    const { page } = visitor
    await visitor.open('/account/profile')
    await page.locator('.me').click()
    await page.getByRole('menuitem', { name: 'Sign out' }).waitFor()
    assert.equal(await page.getByRole('menuitem', { name: 'Administration' }).count(), 0)
    await page.goto(`${service.url}/console/users`)
    await page.getByText('You may not see this').waitFor()
    assert.equal(await page.getByRole('link', { name: 'Audit log' }).count(), 0)
  })

  it('a user changes their names on the account page', async () => {
    const { page } = visitor
    await visitor.open('/account/profile')
    await page.getByLabel('First name').fill('Ada')
    const names = page.locator('form', { has: page.getByLabel('First name') })
    await names.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved.').waitFor()
    const { body } = await service.call('GET', `/users/${ada.id}`, { as: ada.token })
    assert.equal(body.first_name, 'Ada')
  })

  it('a user changes their address with the password and the link in the mail', async () => {
    const { page } = visitor
    await visitor.open('/account/profile')
    await page.getByLabel('E-mail address').fill('countess@example.com')
    await page.getByLabel('Your current password').fill('not this one')
    await page.getByRole('button', { name: 'Change address' }).click()
    await page.getByText('The password is wrong').waitFor()
    await page.getByLabel('Your current password').fill(password)
    await page.getByRole('button', { name: 'Change address' }).click()
    await page.getByText('We sent a link to countess@example.com').waitFor()
    assert.match((await smtp.next('countess@example.com', 0)).link, /\/account\/confirm-email#token=/)
  })

  it('a user ends another session on the account page', async () => {
    const { page } = visitor
    await visitor.open('/account/security')
    const before = await page.locator('.items > li').count()
    assert.ok(before >= 2)
    await page.getByRole('button', { name: 'End', exact: true }).first().click()
    await page.getByText('The session has ended.').waitFor()
    await page.waitForFunction(
      (count) => document.querySelectorAll('.items > li').length === count,
      before - 1,
    )
    await page.getByText('This device').waitFor()
  })

  it('a user changes the password on the account page', async () => {
    const { page } = visitor
    await page.getByLabel('Your current password').fill(password)
    await page.getByLabel('New password').fill('short')
    await page.getByRole('button', { name: 'Change password' }).click()
    await page.getByText('A password has at least 8').waitFor()
    await page.getByLabel('New password').fill(better)
    await page.getByRole('button', { name: 'Change password' }).click()
    await page.getByText('Your password is changed').waitFor()
    assert.equal((await signIn('ada', better)).status, 200)
  })

  it('a user sees the activity, and downloads all stored data', async () => {
    const { page } = visitor
    await visitor.open('/account/activity')
    await page.locator('tr', { hasText: 'Password changed' }).filter({ hasText: '127.0.0.1' }).waitFor()
    assert.doesNotMatch((await page.locator('table').textContent()) ?? '', /User …/)
    await visitor.open('/account/data')
    const downloading = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download my data' }).click()
    const path = await (await downloading).path()
    assert.equal(JSON.parse(await readFile(path, 'utf8')).user.username, 'ada')
  })

  it('after a sign-out, the back button shows no data', async () => {
    const { page } = visitor
    await visitor.open('/account/security')
    await page.locator('.me').click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByText('You are signed out').waitFor()
    await page.goBack()
    await page.waitForURL(/\/sign-in/)
  })

  it('a user deletes their account with the password', async () => {
    const { page } = visitor
    await visitor.signIn('ada', better)
    await visitor.open('/account/data')
    await page.getByRole('button', { name: 'Delete my account' }).click()
    await page.getByLabel('Your current password').fill(better)
    await page.getByRole('dialog').getByRole('button', { name: 'Delete my account' }).click()
    await page.waitForURL(/\/sign-in/)
    assert.equal((await signIn('ada', better)).status, 401)
  })

  it('a user signs up, and is signed in', async () => {
    const { page } = visitor
    await visitor.open('/sign-up')
    await page.getByLabel('Username').fill('grace')
    await page.getByLabel('E-mail address').fill('grace@example.com')
    await page.getByLabel('Password', { exact: true }).fill('short')
    await page.getByRole('button', { name: 'Create an account' }).click()
    await page.locator('#password-problem:not(:empty)').waitFor()
    await page.getByLabel('Password', { exact: true }).fill(better)
    await page.getByRole('button', { name: 'Create an account' }).click()
    await page.waitForURL('**/account/profile')
  })

  it('a sign-in returns the user to the requested page, but never to another site', async () => {
    const { page } = visitor
    const signInAt = async (query: string) => {
      await dropCookies(page)
      await visitor.open(`/sign-in?${query}`)
      await page.getByLabel('Username or e-mail address').fill('grace')
      await page.getByLabel('Password', { exact: true }).fill(better)
      await page.keyboard.press('Enter')
      await page.waitForURL(({ pathname }) => pathname.startsWith('/account/'))
      return page.url()
    }
    assert.equal(await signInAt('return_to=/account/activity'), `${service.url}/account/activity`)
    for (const target of [
      '//evil.example/account/',
      'https://evil.example/account/',
      '/\\evil.example/account/',
    ])
      assert.equal(
        await signInAt(`return_to=${encodeURIComponent(target)}`),
        `${service.url}/account/profile`,
        target,
      )
  })

  it('the sign-in page asks for a code when the account has a second factor', async () => {
    const { page } = visitor
    const user = await service.createUser({ username: 'careful' })
    const as = user.token
    const body = { current_password: password }
    const { secret } = (await service.call('POST', '/users/me/totp', { as, body })).body
    const code = new TOTP({ secret: Secret.fromBase32(secret) }).generate()
    const { status, body: confirmed } = await service.call('PUT', '/users/me/totp', { as, body: { code } })
    assert.equal(status, 200)
    await dropCookies(page)
    await visitor.open('/sign-in')
    await page.getByLabel('Username or e-mail address').fill('careful')
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.keyboard.press('Enter')
    await page.getByLabel('Code').fill('000000')
    assert.deepEqual(await violations(page), [])
    await page.keyboard.press('Enter')
    await page.getByRole('alert').filter({ hasText: 'not valid' }).waitFor()
    await page.getByLabel('Code').fill(confirmed.recovery_codes[0])
    await page.keyboard.press('Enter')
    await page.waitForURL('**/account/profile')
  })

  it('the browser reported no error', () => assert.deepEqual(visitor.complaints, []))
})
