import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { Secret, TOTP } from 'otpauth'
import { nowMs, shiftClock } from '../../../src/clock.ts'
import { onBothEngines, password, type Service } from '../../harness.ts'
import { dropCookies, startVisits, takePicture, type Visitor, type Visits, violations } from './console.ts'

onBothEngines('two-step sign-in in the account pages', (engine) => {
  let visits: Visits
  let service: Service
  let visitor: Visitor
  before(async () => {
    visits = await startVisits()
    service = await engine.start()
    await service.createUser({ username: 'careful' })
    visitor = await visits.visit(service)
  })
  after(() => visits.close())

  it('a user adds an app, keeps the recovery codes, and removes the app again', async () => {
    const { page } = visitor
    await visitor.signIn('careful')
    await visitor.open('/account/security')
    await page.getByRole('button', { name: 'Add an authenticator app' }).click()
    await page.getByRole('button', { name: 'Next' }).click()
    const qr = page.getByRole('img', { name: 'QR code' })
    await qr.waitFor()
    assert.ok(await qr.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth > 0))
    assert.deepEqual(await violations(page), [])
    await takePicture(page, 'account-two-step-add')
    const secret = (await page.locator('.secret code').textContent()) ?? ''
    await page.getByLabel('Code from the app').fill('000000')
    await page.getByRole('button', { name: 'Confirm' }).click()
    await page.getByText('This code is not valid').waitFor()
    const code = new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: nowMs() })
    await page.getByLabel('Code from the app').fill(code)
    await page.getByRole('button', { name: 'Confirm' }).click()
    await page.getByRole('heading', { name: 'Your recovery codes' }).waitFor()
    const codes = ((await page.locator('.codes').textContent()) ?? '').trim().split('\n')
    assert.equal(codes.length, 10)
    assert.deepEqual(await violations(page), [])
    await takePicture(page, 'account-two-step-codes')
    await page.getByRole('button', { name: 'I have kept them' }).click()
    await page.getByText('10 recovery codes left.').waitFor()
    shiftClock(30)

    const body = { username: 'careful', password }
    const login = await service.call('POST', '/auth/login', { body })
    assert.equal(login.body.code, 'second_factor_required')
    const recovered = await service.call('POST', '/auth/login/continue', {
      body: { challenge: login.body.challenge, recovery_code: codes[0] },
    })
    assert.equal(recovered.status, 200)

    // The sign-in is no fresh proof any more, and a code is as good as the password.
    shiftClock(360)
    await page.getByRole('button', { name: 'Remove the app' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove the app' }).click()
    const proof = page.getByRole('dialog', { name: 'Confirm that it is you' })
    await proof.getByLabel('Password', { exact: true }).fill('wrong one')
    await proof.getByRole('button', { name: 'Confirm' }).click()
    await proof.getByRole('alert').waitFor()
    await proof.getByRole('button', { name: 'Use a code instead' }).click()
    assert.deepEqual(await violations(page), [])
    await takePicture(page, 'account-proof-by-code')
    await proof.getByLabel('Code', { exact: true }).fill(codes[1]!.toLowerCase())
    await proof.getByRole('button', { name: 'Confirm' }).click()
    await page.getByRole('button', { name: 'Add an authenticator app' }).waitFor()
    assert.equal((await service.call('POST', '/auth/login', { body })).status, 200)
    assert.deepEqual(visitor.complaints, [])
  })

  it('a user trusts a browser, and an administrator resets all second factors of the user', async () => {
    const { id, token } = await service.createUser({ username: 'regular' })
    await service.admin()
    const begun = await service.call('POST', '/users/me/totp', { as: token })
    const totp = new TOTP({ secret: Secret.fromBase32(begun.body.secret) })
    const code = () => totp.generate({ timestamp: nowMs() })
    await service.call('PUT', '/users/me/totp', { as: token, body: { code: code() } })
    shiftClock(30)
    const regular = await visits.visit(service)
    const { page } = regular
    const firstStep = async () => {
      await page.goto(`${service.url}/sign-in`)
      await page.getByLabel('Username or e-mail address').fill('regular')
      await page.getByLabel('Password', { exact: true }).fill(password)
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    }
    await firstStep()
    await page.getByLabel('Code').fill(code())
    await page.getByLabel('Skip this step in this browser for 30 days').check()
    assert.deepEqual(await violations(page), [])
    await takePicture(page, 'sign-in-trust')
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.waitForURL(/\/account\//)
    await regular.open('/account/security')
    await page.getByRole('heading', { name: 'Browsers without a second step' }).waitFor()
    assert.deepEqual(await violations(page), [])
    await takePicture(page, 'account-trusted')
    await dropCookies(page, 'roster')
    await firstStep()
    await page.waitForURL(/\/account\//)

    const admin = await visits.visit(service)
    await admin.signIn((await service.admin()).username)
    await admin.open(`/console/users/${id}?tab=security`)
    await admin.page.getByText('10 recovery codes left').waitFor()
    assert.deepEqual(await violations(admin.page), [])
    await takePicture(admin.page, 'console-user-factors')
    await admin.page.getByRole('button', { name: 'Reset' }).click()
    await admin.page.getByRole('dialog').getByRole('button', { name: 'Reset' }).click()
    await admin.page.getByText('The user has none.').waitFor()
    assert.deepEqual((await service.call('GET', `/users/${id}/trusted-browsers`, { as: token })).body, [])
    assert.deepEqual([...regular.complaints, ...admin.complaints], [])
  })

  it('an administrator requires a second factor for a role, and sees the users without one', async () => {
    const admin = await service.admin()
    const watcher = await visits.visit(service)
    const { page } = watcher
    await watcher.signIn(admin.username)
    await watcher.open('/console/roles')
    await page.getByRole('button', { name: 'Actions of user' }).click()
    await page.getByRole('menuitem', { name: 'Edit' }).click()
    await page.getByLabel('Second factor required').check()
    await takePicture(page, 'console-role-factor')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    assert.deepEqual(await violations(page), [])
    await takePicture(page, 'console-roles-factor')
    await watcher.open('/console/overview')
    await page.getByRole('link', { name: 'user: 3 users have none' }).waitFor()
    assert.deepEqual(await violations(page), [])
    await takePicture(page, 'console-overview-factor')
    await page.getByRole('link', { name: 'user: 3 users have none' }).click()
    await page.getByRole('link', { name: 'careful' }).waitFor()
    await takePicture(page, 'console-users-factor')
    await service.call('PATCH', '/roles/user', { as: admin.token, body: { second_factor_required: false } })
    assert.deepEqual(watcher.complaints, [])
  })

  it('a user who must have a second factor sees the deadline, and after it can only add a factor', async () => {
    const strict = await engine.start({ ROSTER_SECOND_FACTOR: 'everybody' })
    await strict.createUser({ username: 'asked' })
    const asked = await visits.visit(strict)
    const { page } = asked
    await asked.signIn('asked')
    await page.getByText('Add a second factor until').waitFor()
    assert.deepEqual(await violations(page), [])
    await takePicture(page, 'account-factor-due')
    const days = 8 * 24 * 3600
    shiftClock(days)
    try {
      await asked.signIn('asked')
      await page.getByText('Add one to continue').waitFor()
      await page.getByRole('link', { name: 'Profile' }).click()
      await page.waitForURL(/\/account\/security$/)
      await takePicture(page, 'account-factor-overdue')
      await page.getByRole('button', { name: 'Add an authenticator app' }).click()
      await page.getByRole('button', { name: 'Next' }).click()
      await page.getByRole('img', { name: 'QR code' }).waitFor()
      const secret = (await page.locator('.secret code').textContent()) ?? ''
      const code = new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: nowMs() })
      await page.getByLabel('Code from the app').fill(code)
      await page.getByRole('button', { name: 'Confirm' }).click()
      await page.getByRole('button', { name: 'I have kept them' }).click()
      await page.getByText('Add one to continue').waitFor({ state: 'detached' })
      await page.getByRole('link', { name: 'Profile' }).click()
      await page.waitForURL(/\/account\/profile$/)
      assert.deepEqual(asked.complaints, [])
    } finally {
      shiftClock(-days)
    }
  })
})
