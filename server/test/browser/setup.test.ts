import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { createEngine, password, type Service } from '../harness.ts'
import { startAtKnownOrigin } from '../known-origin.ts'
import { type Smtp, startSmtp } from '../mail/smtp.ts'
import { startVisits, takePicture, type Visitor, type Visits, violations } from './console/console.ts'

const exported = new URL('../../../docs/examples/clerk-users.csv', import.meta.url)

/** The first hour with Roster, all in the browser. */
describe('a newcomer', () => {
  const { engine, cleanUp } = createEngine('sqlite')
  let service: Service
  let smtp: Smtp
  let visits: Visits
  let ada: Visitor
  before(async () => {
    smtp = await startSmtp()
    service = (await startAtKnownOrigin(engine, 'localhost', { ROSTER_MAIL_URL: smtp.url })).service
    visits = await startVisits()
    ada = await visits.visit({ ...service, url: service.roster.config.publicUrl })
  })
  after(async () => {
    await visits?.close()
    await cleanUp()
    await smtp?.stop()
  })

  it('the set-up page shows all faults, then creates the first administrator and signs the administrator in', async () => {
    const { page } = ada
    const setup = await service.roster.setup.createLink()
    assert.ok(setup)
    const origin = service.roster.config.publicUrl
    for (const path of ['/', '/sign-in', '/console', '/console/users', '/console/setup']) {
      await page.goto(`${origin}${path}`)
      await page.getByText('Open the link in the terminal where Roster runs').waitFor()
      assert.equal(await page.locator('form').isVisible(), false)
    }
    assert.deepEqual(await violations(page), [])
    await takePicture(page, 'set-up-without-link')
    await page.goto(setup.link)
    await page.getByLabel('Username').waitFor()
    assert.deepEqual(await violations(page), [])
    await page.getByLabel('Username').fill('ada')
    await page.getByLabel('E-mail address').fill('nobody')
    await page.getByLabel('Password', { exact: true }).fill('short')
    await page.getByRole('button', { name: 'Create administrator' }).click()
    await page.locator('#password-problem', { hasText: 'at least 8' }).waitFor()
    assert.match((await page.locator('#email-problem').textContent()) ?? '', /\w/)
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'email')
    await page.getByLabel('E-mail address').fill(' ada@example.com ')
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'First steps' }).waitFor()
    assert.equal(new URL(page.url()).pathname.split('/')[1], 'console')
    // The way back leads to no page whose link is used up.
    const { page: other, close } = await visits.visit({ ...service, url: origin })
    await other.goto(setup.link)
    await other.getByText('An administrator exists already').waitFor()
    await other.getByRole('link', { name: 'Sign in' }).click()
    await other.getByRole('button', { name: 'Sign in', exact: true }).waitFor()
    await close()
    assert.deepEqual(smtp.to('ada@example.com'), [])
  })

  it('a new administrator imports users of another system, and disables a user found in the command palette', async () => {
    const { page } = ada
    await page.getByRole('link', { name: 'Bring your users' }).click()
    const file = { name: 'users.csv', mimeType: 'text/csv', buffer: readFileSync(exported) }
    await page.locator('input[type=file]').setInputFiles(file)
    await page.getByRole('button', { name: 'Try without saving' }).click()
    await page.getByText('Nothing is saved yet').waitFor()
    await page.getByRole('heading', { name: 'Recognised as clerk' }).waitFor()
    await page.getByRole('table', { name: 'The first users as they would arrive' }).waitFor()
    await page.getByRole('button', { name: 'Import now' }).click()
    await page.getByText('The import is done').waitFor()
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Go to a screen' }).fill('wanda')
    await page.getByRole('option', { name: 'wanda@example.com' }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'wanda' }).waitFor()
    await page.getByRole('button', { name: 'Disable' }).click()
    await page.getByText('wanda is disabled').waitFor()
  })

  it('a new administrator sees a change in the audit log, and restores a deleted user', async () => {
    const { page } = ada
    await page.getByRole('link', { name: 'Audit log' }).click()
    await page.locator('tr', { hasText: 'User disabled' }).filter({ hasText: 'wanda' }).waitFor()
    await page.goBack()
    await page.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await page.getByText('wanda is in the recycle bin').waitFor()
    await page.getByRole('link', { name: 'Recycle bin' }).first().click()
    await page.getByRole('button', { name: 'Restore' }).click()
    await page.getByText('The recycle bin is empty').waitFor()
  })

  it('a new administrator saves a filtered list of users as a view, and finds the view and the API keys again', async () => {
    const { page } = ada
    await ada.open('/console/users?status=disabled')
    await page.getByRole('button', { name: 'Views' }).click()
    await page.getByRole('menuitem', { name: 'Save this view' }).click()
    await page.getByRole('dialog').getByLabel('Name').fill('Closed accounts')
    await page.keyboard.press('Enter')
    await page.getByText('The view Closed accounts is saved').waitFor()
    await ada.open('/console/users')
    await page.getByRole('button', { name: 'Views' }).click()
    await page.getByRole('menuitem', { name: 'Closed accounts' }).click()
    await page.waitForURL(/status=disabled/)
    await page.getByRole('heading', { name: 'Users' }).click()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor()
    await page.keyboard.press('Escape')
  })

  it('a user changes their own address and ends a session', async () => {
    const user = await service.createUser({ username: 'ben', email_verified: true })
    const ben = await visits.visit({ ...service, url: service.roster.config.publicUrl })
    const { page } = ben
    await ben.signIn('ben')
    await page.getByLabel('E-mail address').fill(' ben@example.org')
    await page.getByLabel('Your current password').fill(password)
    await page.getByRole('button', { name: 'Change address' }).click()
    await page.getByText('We sent a link to ben@example.org').waitFor()
    await page.goto((await smtp.next('ben@example.org', 0)).link)
    await page.getByRole('button', { name: 'Confirm' }).click()
    await page.getByText('Your new address is confirmed').waitFor()
    const login = { body: { username: 'ben@example.org', password } }
    assert.equal((await service.call('POST', '/auth/login', login)).body.user.id, user.id)
    await ben.open('/account/security')
    await page.getByRole('button', { name: 'End', exact: true }).first().click()
    await page.getByText('The session has ended.').waitFor()
    assert.deepEqual([...ada.complaints, ...ben.complaints], [])
  })
})
