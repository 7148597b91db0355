import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, it } from 'node:test'
import { systemCaller } from '../../../src/caller.ts'
import { until } from '../../harness/wait.ts'
import { onBothEngines, password, type Service } from '../../harness.ts'
import { type Smtp, startSmtp } from '../../mail/smtp.ts'
import {
  settlePeople,
  startVisits,
  takePicture,
  untilTexts,
  type Visitor,
  type Visits,
  violations,
} from './console.ts'

onBothEngines('an administrator in the console', (engine) => {
  let service: Service
  let smtp: Smtp
  let visits: Visits
  let visitor: Visitor
  let ids: Record<string, string>
  before(async () => {
    smtp = await startSmtp()
    service = await engine.start({ ROSTER_MAIL_URL: smtp.url, ROSTER_EMAIL: 'optional' })
    ids = (await settlePeople(service)).ids
    visits = await startVisits()
    visitor = await visits.visit(service)
    await visitor.signIn('admin')
  })
  after(async () => {
    await visits?.close()
    await smtp?.stop()
  })
  const stored = async (id: string) =>
    (await service.call('GET', `/users/${id}`, { as: (await service.admin()).token })).body

  it('the console opens with the overview, whose numbers link to lists', async () => {
    const { page } = visitor
    assert.equal(new URL(page.url()).pathname, '/console/overview')
    await page.getByRole('link', { name: 'Disabled 1' }).click()
    await page.getByText('1 user', { exact: true }).waitFor()
    assert.equal(new URL(page.url()).search, '?status=disabled')
    await page.goBack()
    await page.getByRole('img', { name: 'New users, 30 days: 7 in 30 days' }).waitFor()
    await page.getByText('2 of 5 done').waitFor()
    await page.getByText('As a table').first().click()
    assert.equal(await page.locator('details[open] tbody tr').first().textContent(), `${today()}7`)
  })

  it('the console lists all users who are not deleted', async () => {
    const { page } = visitor
    await page.getByRole('link', { name: 'Users', exact: true }).first().click()
    await page.getByText('6 users', { exact: true }).waitFor()
    await untilTexts(page, 'tbody .name', ['emil', 'dana', 'chen', 'bruno', 'anna.novak', 'admin'])
  })

  it('the list of users searches while the user types, and keeps search, filter and order in the URL', async () => {
    const { page } = visitor
    await page.keyboard.press('/')
    await page.keyboard.type('nov')
    await page.getByText('2 users', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Status', exact: true }).first().click()
    await page.getByRole('menuitem', { name: 'Disabled' }).click()
    await page.getByText('1 user', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'E-mail address' }).click()
    await page.waitForURL(/sort=email/)
    assert.deepEqual(Object.fromEntries(new URL(page.url()).searchParams), {
      q: 'nov',
      status: 'disabled',
      sort: 'email',
    })
    await page.reload()
    await page.getByText('1 user', { exact: true }).waitFor()
    assert.equal(await page.getByRole('searchbox').inputValue(), 'nov')
    await untilTexts(page, 'tbody .name', ['emil'])
  })

  it('the list of users works with the keyboard', async () => {
    const { page } = visitor
    await visitor.open('/console/users?sort=username')
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    await page.locator('tr.current', { hasText: 'anna.novak' }).waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL(`**/console/users/${ids['anna.novak']}`)
    await page.getByRole('heading', { name: 'anna.novak' }).waitFor()
  })

  it('an administrator changes the name of a user in the console', async () => {
    const { page } = visitor
    await page.getByLabel('First name').fill('Annika')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved.').waitFor()
    assert.equal((await stored(ids['anna.novak']!)).first_name, 'Annika')
  })

  it('an administrator disables a user with one click, and undoes the change', async () => {
    const { page } = visitor
    await visitor.open(`/console/users/${ids['bruno']}`)
    await page.getByRole('button', { name: 'Disable' }).click()
    await page.getByText('bruno is disabled').waitFor()
    assert.equal((await stored(ids['bruno']!)).status, 'disabled')
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText('bruno can sign in again').waitFor()
    assert.equal((await stored(ids['bruno']!)).status, 'active')
  })

  it('only the newest message of the console offers *Undo*', async () => {
    const { page } = visitor
    const undo = page.getByRole('button', { name: 'Undo' })
    await page.getByRole('button', { name: 'Disable' }).click()
    await undo.waitFor()
    await page.getByLabel('First name').fill('Brunello')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved.').waitFor()
    assert.equal(await undo.count(), 0)
    await page.getByText('bruno is disabled').waitFor()
    await page.getByRole('button', { name: 'Enable' }).click()
    await undo.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Disable' }).waitFor()
    assert.equal((await stored(ids['bruno']!)).status, 'active')
  })

  it('the history of a user shows the changes', async () => {
    const { page } = visitor
    await page.getByRole('link', { name: 'History' }).click()
    // The name of the actor comes with a request of its own.
    const row = page.locator('tr', { hasText: 'User disabled' }).filter({ hasText: 'admin' }).first()
    await row.waitFor()
    await row.getByRole('button', { name: 'Details' }).click()
    await page.locator('.event-details', { hasText: 'user.disabled' }).waitFor()
  })

  it('an administrator sends a password link in the console', async () => {
    const { page } = visitor
    await page.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: 'Send a password link' }).click()
    await page.getByText('is sent to bruno@example.com').waitFor()
    assert.match((await smtp.next('bruno@example.com', 0)).link, /\/account\/reset#token=/)
  })

  it('an administrator disables all matching users with a job, and undoes the job', async () => {
    const { page } = visitor
    await visitor.open('/console/users?q=nov&status=active')
    await page.getByText('1 user', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Change all…' }).click()
    await page.getByRole('menuitem', { name: 'Disable' }).click()
    await page.getByRole('heading', { name: 'Disable: 1 user?' }).waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click()
    await page.waitForURL('**/console/jobs')
    await page.getByText('1 changed, 0 as before, 0 failed').waitFor()
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.locator('tbody tr').nth(1).waitFor()
    await page.locator('tbody tr').first().getByText('Done').waitFor()
    assert.equal((await stored(ids['anna.novak']!)).status, 'active')
  })

  it('an administrator selects users by keyboard for a job, and sees the users that a job could not change', async () => {
    const { page } = visitor
    await visitor.open('/console/users?sort=username')
    for (const key of ['j', 'x', 'j', 'x']) await page.keyboard.press(key)
    await page.getByText('2 users selected').waitFor()
    await page.keyboard.press('x')
    await page.getByText('1 user selected').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('region', { name: 'Selection' }).waitFor({ state: 'detached' })
    await page.getByRole('checkbox').nth(1).click()
    await page
      .getByRole('checkbox')
      .nth(3)
      .click({ modifiers: ['Shift'] })
    await page.getByText('3 users selected').waitFor()
    await page.getByRole('button', { name: 'Change selected…' }).click()
    await page.getByRole('menuitem', { name: 'Give a role' }).click()
    await page.getByLabel('Role', { exact: true }).selectOption('user')
    await page.getByRole('dialog').getByRole('button', { name: 'Give a role' }).click()
    await page.waitForURL('**/console/jobs')
    await page.getByText('0 changed, 3 as before, 0 failed').waitFor()
    const nobody = '019a0c11-5d2e-7a00-8000-00000000a003'
    const admin = await service.admin()
    await service.call('POST', '/jobs', { as: admin.token, body: { kind: 'enable', ids: [nobody] } })
    await visitor.open('/console/jobs')
    await page.getByRole('button', { name: 'What failed' }).click()
    await page.getByRole('dialog').getByRole('link', { name: nobody }).waitFor()
    await page.getByRole('dialog').getByText('There is no such user').waitFor()
    await page.keyboard.press('Escape')
    assert.deepEqual(visitor.complaints, [])
  })

  it('the console shows why a user cannot sign in, and unlocks a password that is switched off', async () => {
    const { page } = visitor
    await visitor.open(`/console/users/${ids['emil']}?tab=security`)
    await page.getByText('No: the account is disabled.').waitFor()
    await service.roster.database.transaction((tx) =>
      tx.updateTable('passwords').set({ failures: 100 }).where('user_id', '=', ids['chen']!).execute(),
    )
    await visitor.open(`/console/users/${ids['chen']}?tab=security`)
    await page.getByText('the password is switched off').waitFor()
    await page.getByRole('button', { name: 'Unlock' }).click()
    await page.getByText('chen is unlocked.').waitFor()
    await page.getByText('Yes. Nothing prevents it.').waitFor()
  })

  it('an administrator deletes and restores a user, and erases another one permanently', async () => {
    const { page } = visitor
    await visitor.open(`/console/users/${ids['chen']}`)
    await page.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await page.getByText('chen is in the recycle bin').waitFor()
    await page.getByRole('link', { name: 'Recycle bin' }).first().click()
    const row = (name: string) => page.locator('tbody tr', { hasText: name })
    await row('chen').getByRole('button', { name: 'Restore' }).click()
    await row('chen').waitFor({ state: 'detached' })
    assert.equal((await stored(ids['chen']!)).username, 'chen')
    await row('gone').getByRole('button', { name: 'Erase' }).click()
    const erase = page.getByRole('dialog').getByRole('button', { name: 'Erase' })
    assert.equal(await erase.isDisabled(), true)
    await page.getByLabel('Type gone to confirm').fill('gone')
    await erase.click()
    await page.getByText('The recycle bin is empty').waitFor()
  })

  it('the form for a new user shows faults next to the fields, and invites the user by mail', async () => {
    const { page } = visitor
    await visitor.open('/console/users')
    await page.keyboard.press('n')
    await page.getByLabel('Username').fill('bruno')
    await page.getByLabel('E-mail address').fill('nobody')
    await page.getByRole('button', { name: 'Create and invite' }).click()
    await page.locator('.field .problem').first().waitFor()
    assert.equal(await page.getByLabel('E-mail address').getAttribute('aria-invalid'), 'true')
    await page.getByLabel('Username').fill('grace')
    await page.getByLabel('E-mail address').fill('grace@example.com')
    await page.getByRole('button', { name: 'Create and invite' }).click()
    await page.getByRole('heading', { name: 'grace' }).waitFor()
    assert.match((await smtp.next('grace@example.com', 0)).link, /\/account\/invitation#token=/)
  })

  it('an administrator creates a user with a password, who can sign in', async () => {
    const { page } = visitor
    await visitor.open('/console/users/new')
    await page.getByLabel('Username').fill('henry')
    await page.getByLabel('E-mail address').fill('henry@example.com')
    await page.getByLabel('Set a password now').check()
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Create user' }).click()
    await page.getByRole('heading', { name: 'henry' }).waitFor()
    const { status } = await service.call('POST', '/auth/login', { body: { username: 'henry', password } })
    assert.equal(status, 200)
  })

  it('an administrator creates a user without an address, who gets a password instead of an invitation', async () => {
    const { page } = visitor
    await visitor.open('/console/users/new')
    await page.getByLabel('Username').fill('ida')
    await page.getByRole('button', { name: 'Create and invite' }).click()
    await page.getByText('An invitation needs an address').waitFor()
    await page.getByLabel('Set a password now').check()
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Create user' }).click()
    await page.getByRole('heading', { name: 'ida' }).waitFor()
    await page.locator('.user-head').getByText('Active').waitFor()
    await page.locator('.user-head').getByText('No e-mail address').waitFor()
    assert.equal(await page.getByLabel('Address is verified').isDisabled(), true)
    await page.getByLabel('E-mail address').fill('ida@example.com')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.locator('.user-head').getByText('ida@example.com').waitFor()
    await page.getByLabel('E-mail address').fill('')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.locator('.user-head').getByText('No e-mail address').waitFor()
    await page.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: 'Set a new password' }).click()
    const next = 'handed out on paper'
    await page.getByRole('dialog').getByLabel('Password', { exact: true }).fill(next)
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    await page.getByText('ida has a new password').waitFor()
    const login = await service.call('POST', '/auth/login', { body: { username: 'ida', password: next } })
    assert.equal(login.status, 200)
  })

  it('the console offers no mail for a user without an address and without a password', async () => {
    const { page } = visitor
    const body = { username: 'nina', email: null }
    const { id } = (await service.call('POST', '/users', { as: (await service.admin()).token, body })).body
    await visitor.open(`/console/users/${id}?tab=security`)
    await page.getByText('no e-mail address to send a link to').waitFor()
    assert.equal(await page.getByText('Send a link to set one').count(), 0)
  })

  it('an administrator creates a role and an API key, whose secret works and is shown once', async () => {
    const { page } = visitor
    await visitor.open('/console/roles')
    await page.getByRole('button', { name: 'New role' }).click()
    await page.getByLabel('Name').fill('auditor')
    await page.getByLabel('Read the audit log').check()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('columnheader', { name: 'auditor' }).waitFor()
    await page.getByRole('button', { name: 'Actions of auditor' }).waitFor()
    await visitor.open('/console/api-keys')
    await page.getByRole('button', { name: 'New API key' }).click()
    await page.getByLabel('Name').fill('reader')
    await page.getByLabel('See users').check()
    await page.getByRole('button', { name: 'Create key' }).click()
    const secret = await page.locator('.secret code').textContent()
    assert.equal((await service.call('GET', '/users?limit=1', { as: secret! })).status, 200)
    await page.getByRole('button', { name: 'Done' }).click()
    assert.equal((await page.content()).includes(secret!), false)
    await page.locator('tbody tr', { hasText: 'reader' }).getByRole('button', { name: 'Revoke' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await page.getByText('The key reader is revoked').waitFor()
    assert.equal((await service.call('GET', '/users?limit=1', { as: secret! })).status, 401)
  })

  it('the console filters the audit log by type, with the filter in the URL', async () => {
    const { page } = visitor
    await visitor.open('/console/audit')
    await page.getByLabel('Event').selectOption('role.created')
    await page.waitForURL(/type=role\.created/)
    await untilTexts(page, 'tbody .event', ['Role created', 'Role created'])
    await page.locator('tbody tr', { hasText: 'auditor' }).waitFor()
    const ofRoles = await page.locator('optgroup[label="Roles"] option').allTextContents()
    assert.ok(ofRoles.includes('Role created'))
    assert.deepEqual(ofRoles, ofRoles.toSorted())
  })

  it('the audit log in the console shows the count of counted events and the name of each target', async () => {
    const { page } = visitor
    const { token: as } = await service.admin()
    const application = { name: 'Wiki', kind: 'machine' }
    assert.equal((await service.call('POST', '/applications', { as, body: application })).status, 201)
    const counted = { type: 'auth.login.failure', outcome: 'failure', reason: 'unknown_name' } as const
    await service.roster.database.transaction((tx) =>
      service.roster.features.audit.record(tx, systemCaller, {
        ...counted,
        target: { kind: 'system', id: null },
        changes: { count: 1, seconds: 61 },
      }),
    )
    await visitor.open('/console/audit')
    const row = page.locator('tbody tr', { hasText: '1 failed sign-in with unknown names in 61 s' })
    await row.waitFor()
    assert.doesNotMatch((await row.textContent()) ?? '', /Roster/)
    await page
      .locator('tbody tr', { hasText: 'Application created' })
      .getByRole('link', { name: 'Wiki' })
      .waitFor()
    assert.deepEqual(await violations(page), [])
    await takePicture(page, 'console-audit-names')
  })

  it('the console filters the audit log by users (also deleted ones), groups, applications and roles', async () => {
    const { page } = visitor
    const user = await service.createUser({ username: 'audited', email: 'audited@example.com' })
    const { token } = await service.admin()
    assert.equal((await service.call('DELETE', `/users/${user.id}`, { as: token })).status, 204)
    await visitor.open('/console/audit')
    const target = page.getByLabel('Affected (user, role, group or application)')
    await target.fill('unheard-of')
    await page.keyboard.press('Enter')
    await page.getByText('No user, role, group or application has this name.').waitFor()
    await target.fill(' audited@example.com ')
    await page.keyboard.press('Enter')
    await page.waitForURL(new RegExp(`target=${user.id}`))
    // The list before has the deletions of others.
    await page.waitForFunction(
      () =>
        [...document.querySelectorAll('tbody tr')].filter((row) => row.textContent.includes('User deleted'))
          .length === 1,
    )
    await takePicture(page, 'audit-of-user')
    assert.deepEqual(await violations(page), [])
    await page.getByRole('button', { name: 'To: audited' }).click()
    await page.getByLabel('Who (name or e-mail)').fill('admin')
    await page.getByLabel('Who (name or e-mail)').blur()
    await page.getByRole('button', { name: 'By: admin' }).waitFor()
    await target.waitFor()
    const post = async (path: string, body: object) =>
      (await service.call('POST', path, { as: token, body })).body
    const group = await post('/groups', { name: 'Accountants' })
    const kind = { kind: 'machine', redirect_uris: [] }
    const application = await post('/applications', { name: 'Nightly Sync', ...kind })
    for (const [typed, id, event] of [
      ['Accountants', group.id, 'Group created'],
      ['nightly sync', application.client_id, 'Application created'],
      ['support', 'support', 'Role created'],
    ]) {
      await visitor.open('/console/audit')
      await target.fill(typed)
      await page.keyboard.press('Enter')
      await page.waitForURL(new RegExp(`target=${id}$`))
      await untilTexts(page, 'tbody .event', [event])
    }
    await visitor.open('/console/audit?type=role.created')
  })

  it('the audit log in the console shows new events as they occur, and saves events as a file', async () => {
    const { page } = visitor
    await page.getByRole('button', { name: 'Live' }).click()
    await page.getByText('New events appear by themselves').waitFor()
    const as = (await service.admin()).token
    await service.call('POST', '/roles', { as, body: { name: 'live-role', permissions: [] } })
    await page.locator('tbody tr', { hasText: 'live-role' }).waitFor()
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByRole('button', { name: 'Export' }).click()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('dialog').getByRole('button', { name: 'Export', exact: true }).click(),
    ])
    const lines = readFileSync(await download.path(), 'utf8')
      .trim()
      .split('\n')
    assert.match(lines[0]!, /^at,type,outcome,/)
    assert.ok(lines.slice(1).every((line) => line.includes(',role.created,')))
    assert.ok(lines.some((line) => line.includes('live-role')))
  })

  it('the list of users offers a choice of columns, completion in filters, and links to the next user', async () => {
    const { page } = visitor
    await visitor.open('/console/users?sort=username')
    await page.getByRole('button', { name: 'Columns' }).click()
    await page.getByRole('menuitemcheckbox', { name: 'Created' }).click()
    await page.getByRole('menuitemcheckbox', { name: 'External id' }).click()
    await page.keyboard.press('Escape')
    await page.getByRole('columnheader', { name: 'External id' }).waitFor()
    assert.equal(await page.getByRole('columnheader', { name: 'Created' }).count(), 0)
    await visitor.open('/console/users?sort=username')
    await page.getByRole('columnheader', { name: 'External id' }).waitFor()
    await page.getByRole('button', { name: 'Filter', exact: true }).click()
    const line = page.getByRole('combobox', { name: 'Filter' })
    await line.fill('username ')
    assert.equal(await page.locator('datalist option[value="username sw"]').count(), 1)
    await line.fill('username gt')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').waitFor()
    await line.fill('username sw "b" or username sw "c"')
    await page.keyboard.press('Enter')
    await page.waitForURL(/filter=username/)
    await page.getByText('2 users').first().waitFor()
    await page.getByRole('link', { name: 'bruno' }).click()
    await page.getByRole('heading', { name: 'bruno' }).waitFor()
    await page.getByRole('link', { name: 'Next user' }).click()
    await page.getByRole('heading', { name: 'chen' }).waitFor()
    await page.keyboard.press('k')
    await page.getByRole('heading', { name: 'bruno' }).waitFor()
    await visitor.context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Go to a screen' }).fill('curl')
    await page.getByRole('option', { name: 'Copy this screen as curl' }).click()
    await page.getByText('Copied').waitFor()
    const command = await page.evaluate(() => navigator.clipboard.readText())
    assert.match(command, new RegExp(`^curl -H .*'${service.url}/users/${ids['bruno']}'$`))
  })

  it('an administrator replaces the signing keys, and reads the mails in the console', async () => {
    const { page } = visitor
    await visitor.open('/console/settings?tab=keys')
    await page.getByRole('button', { name: 'Replace the keys' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Replace the keys' }).click()
    await page.getByText('New keys were created').waitFor()
    await page.locator('tbody tr', { hasText: 'Next' }).first().waitFor()
    await page.getByRole('link', { name: 'Mails' }).click()
    await page.getByLabel('Language').selectOption('de')
    await page.getByLabel('Mail', { exact: true }).selectOption('reset-password')
    await page.getByText('Sie haben ein neues Passwort für Ihr Konto').waitFor()
    await page.getByRole('button', { name: 'Send a test mail' }).click()
    await page.getByText('The mail server accepted the mail to admin@example.com').waitFor()
    const isTest = ({ subject }: { subject: string }) => subject === 'Test mail from Roster'
    await until(() => smtp.to('admin@example.com').some(isTest), 'the test mail')
  })

  it('the browser reported no error', () => assert.deepEqual(visitor.complaints, []))
})

/** The day in UTC as the page writes it. */
function today(): string {
  return new Date().toLocaleDateString('en', { day: 'numeric', month: 'short', timeZone: 'UTC' })
}
