import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import type { Page } from 'playwright-core'
import { shiftClock } from '../../../src/clock.ts'
import { onBothEngines, password, type Service, type TestUser } from '../../harness.ts'
import { type Smtp, startSmtp } from '../../mail/smtp.ts'
import { startVisits, takePicture, type Visits, violations } from './console.ts'

const banner = (page: Page) => page.getByText('You are signed in as walter. Your own account is admin.')

onBothEngines('signing in as a user in the console', (engine) => {
  let smtp: Smtp
  let service: Service
  let visits: Visits
  let user: TestUser
  before(async () => {
    smtp = await startSmtp()
    service = await engine.start({ ROSTER_IMPERSONATION: 'on', ROSTER_MAIL_URL: smtp.url })
    await service.admin()
    user = await service.createUser({ username: 'walter', email_verified: true })
    visits = await startVisits()
  })
  after(async () => {
    await visits?.close()
    await smtp?.stop()
  })
  const firstName = async (username: string) => {
    const query = service.roster.database.read.selectFrom('users').select('first_name')
    return (await query.where('username', '=', username).executeTakeFirstOrThrow()).first_name
  }

  const openDialog = async (page: Page) => {
    await page.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: 'Sign in as this user' }).click()
    return page.getByRole('dialog', { name: 'Sign in as walter' })
  }
  const begin = async (page: Page) => {
    const dialog = await openDialog(page)
    await dialog.getByLabel('Why').fill('Ticket 4711')
    await dialog.getByRole('button', { name: 'Sign in as this user' }).click()
  }

  for (const colorScheme of ['light', 'dark'] as const)
    it(`signing in as a user needs a reason and a proof, shows the account with a banner, and stops: ${colorScheme}`, async () => {
      const visitor = await visits.visit(service, { colorScheme })
      const { page } = visitor
      await visitor.signIn('admin')
      shiftClock(360)
      await visitor.open(`/console/users/${user.id}`)
      const dialog = await openDialog(page)
      assert.deepEqual(await violations(page), [])
      await takePicture(page, `acting-dialog-${colorScheme}`)
      await dialog.getByRole('button', { name: 'Sign in as this user' }).click()
      await dialog.getByText('Fill in this field.').waitFor()
      await dialog.getByLabel('Why').fill('Ticket 4711')
      await dialog.getByRole('button', { name: 'Sign in as this user' }).click()
      const proof = page.getByRole('dialog', { name: 'Confirm that it is you' })
      await proof.getByLabel('Password', { exact: true }).fill(password)
      await proof.getByRole('button', { name: 'Confirm' }).click()

      await page.waitForURL(/\/account\/profile$/)
      for (const path of ['profile', 'security', 'activity', 'data']) {
        await visitor.open(`/account/${path}`)
        await banner(page).waitFor()
        if (path === 'activity') await page.getByText('Only the user can see or do this.').waitFor()
        assert.deepEqual(await violations(page), [])
        await takePicture(page, `acting-${path}-${colorScheme}`)
      }
      await visitor.open('/account/security')
      await page.getByText('This device').waitFor()
      await page.getByRole('button', { name: 'Stop' }).click()
      await page.waitForURL(new RegExp(`/console/users/${user.id}$`))
      await page.getByRole('button', { name: 'More actions' }).waitFor()
      assert.equal(await banner(page).count(), 0)
      assert.deepEqual(visitor.complaints, [])
      await visitor.close()
    })

  it('a user sees and ends the session of an administrator, whose own pages return', async () => {
    const visitor = await visits.visit(service)
    const { page } = visitor
    await visitor.signIn('admin')
    await visitor.open(`/console/users/${user.id}`)
    const told = smtp.next(user.email)
    await begin(page)
    await page.waitForURL(/\/account\/profile$/)
    await banner(page).waitFor()
    assert.match((await told).subject, /An administrator signed in as you/)

    const own = await visits.visit(service)
    await own.signIn('walter')
    await own.open('/account/security')
    const row = own.page.getByRole('listitem').filter({ hasText: 'an administrator acts as this user' })
    await row.waitFor()
    assert.deepEqual(await violations(own.page), [])
    await row.scrollIntoViewIfNeeded()
    await takePicture(own.page, 'acting-sessions-of-user')
    await row.getByRole('button', { name: 'End' }).click()
    await row.waitFor({ state: 'detached' })

    await page.getByLabel('First name').fill('Wrong account')
    await page.getByRole('button', { name: 'Save' }).first().click()
    await page.waitForURL(new RegExp(`/console/users/${user.id}$`))
    await page.getByRole('button', { name: 'More actions' }).waitFor()
    assert.deepEqual([await firstName('walter'), await firstName('admin')], [null, null])

    await visitor.open(`/console/audit?target=${user.id}`)
    await page.locator('tbody .event', { hasText: 'Administrator signed in as user' }).first().waitFor()
    await page.locator('tbody .event', { hasText: 'Administrator stopped acting as user' }).first().waitFor()
    assert.deepEqual(await violations(page), [])
    await takePicture(page, 'acting-audit')
    assert.deepEqual(visitor.complaints, [])
    await own.close()
    await visitor.close()
  })

  it('an older tab of an administrator who acts as a user shows whose account it is, and changes nothing', async () => {
    const visitor = await visits.visit(service)
    const { page, context } = visitor
    await visitor.signIn('admin')
    await visitor.open('/account/profile')
    const other = await context.newPage()
    await other.goto(`${service.url}/console/users/${user.id}`)
    await begin(other)
    await other.waitForURL(/\/account\/profile$/)
    await page.getByLabel('First name').fill('Not mine')
    await page.getByRole('button', { name: 'Save' }).first().click()
    await page.getByRole('alert').first().waitFor()
    assert.deepEqual([await firstName('walter'), await firstName('admin')], [null, null])
    await visitor.close()
  })

  it('the console offers to sign in as a user only where this is on, and not for oneself or disabled users', async () => {
    const off = await engine.start()
    await off.admin()
    const someone = await off.createUser({ username: 'walter' })
    const visitor = await visits.visit(off)
    await visitor.signIn('admin')
    await visitor.open(`/console/users/${someone.id}`)
    await visitor.page.getByRole('button', { name: 'More actions' }).click()
    await visitor.page.getByRole('menuitem', { name: 'Copy the id' }).waitFor()
    assert.equal(await visitor.page.getByRole('menuitem', { name: 'Sign in as this user' }).count(), 0)
    await visitor.close()
  })
})
