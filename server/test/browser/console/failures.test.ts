import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { shiftClock } from '../../../src/clock.ts'
import { createEngine, password, type Service } from '../../harness.ts'
import { settle, settlePeople, startVisits, takePicture, type Visits, violations } from './console.ts'

const attack = `"><img src=x onerror="globalThis.attacked=1"><script>globalThis.attacked=1</script>{{7*7}}`

describe('failures in the console', () => {
  const { engine, cleanUp } = createEngine('sqlite')
  let service: Service
  let visits: Visits
  let ids: Record<string, string>
  before(async () => {
    service = await engine.start()
    ids = (await settlePeople(service)).ids
    visits = await startVisits()
  })
  after(async () => {
    await visits?.close()
    await cleanUp()
  })
  const asAdmin = async (method: string, path: string, body?: object) =>
    service.call(method, path, { as: (await service.admin()).token, ...(body && { body }) })

  it('the console shows both versions when another administrator has saved first, and saves the chosen one', async () => {
    const { page, open, signIn, close } = await visits.visit(service)
    await signIn('admin')
    const path = `/users/${ids['bruno']}`
    await open(`/console${path}`)
    await page.getByLabel('First name').fill('Mine')
    await asAdmin('PATCH', path, { first_name: 'Theirs', last_name: 'Changed' })
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Another user saved first').waitFor()
    assert.equal((await asAdmin('GET', path)).body.first_name, 'Theirs')
    const row = page.getByRole('dialog').locator('tr', { hasText: 'First name' })
    assert.deepEqual(await row.locator('td').allTextContents(), ['First name', 'Bruno', 'Theirs', 'Mine'])
    await page.getByRole('button', { name: 'Save mine' }).click()
    await page.getByText('Saved.').waitFor()
    const { first_name, last_name } = (await asAdmin('GET', path)).body
    assert.deepEqual([first_name, last_name], ['Mine', 'Changed'])

    await page.getByLabel('First name').fill('Mine again')
    await asAdmin('PATCH', path, { first_name: 'Theirs again' })
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('button', { name: 'Use theirs' }).click()
    await page.locator('input[value="Theirs again"]').waitFor()
    assert.equal(await page.getByLabel('First name').inputValue(), 'Theirs again')
    assert.equal((await asAdmin('GET', path)).body.first_name, 'Theirs again')
    await close()
  })

  it('the console asks whether to keep the password of a sign-up with an unproven address', async () => {
    const names = { username: 'stranger', email: 'stranger@example.com' }
    const { body: user } = await service.call('POST', '/users', { body: { ...names, password } })
    const { page, open, signIn, close } = await visits.visit(service)
    await signIn('admin')
    await open(`/console/users/${user.id}`)
    await page.getByLabel('Address is verified').check()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('This address is not proven').waitFor()
    await settle(page)
    assert.equal((await asAdmin('GET', `/users/${user.id}`)).body.email_verified, false)
    await page.getByRole('button', { name: 'End the password' }).click()
    await page.getByText('Saved.').waitFor()
    assert.equal((await asAdmin('GET', `/users/${user.id}`)).body.email_verified, true)
    const { status } = await service.call('POST', '/auth/login', { body: { username: 'stranger', password } })
    assert.equal(status, 401)
    await close()
  })

  it('the console keeps the text of a form when the session ends, and saves it after a new sign-in', async () => {
    const { page, open, signIn, context, close } = await visits.visit(service)
    await signIn('admin')
    await open(`/console/users/${ids['dana']}`)
    await page.getByLabel('Last name').fill('Typed before')
    await context.clearCookies()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Your session has ended').waitFor()
    await page.getByRole('dialog').getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('dialog').getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    assert.equal(await page.getByLabel('Last name').inputValue(), 'Typed before')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved.').waitFor()
    assert.equal((await asAdmin('GET', `/users/${ids['dana']}`)).body.last_name, 'Typed before')
    await close()
  })

  it('the console shows markup in every field as text', async () => {
    const created = await asAdmin('POST', '/users', {
      username: 'mallory',
      email: 'mallory@example.com',
      first_name: attack.slice(0, 100),
      last_name: attack.slice(0, 100),
      external_id: attack,
      metadata: { [attack.slice(0, 60)]: attack, url: 'javascript:globalThis.attacked=1' },
      profile: { [attack.slice(0, 60)]: attack },
      password,
    })
    assert.equal(created.status, 201)
    const role = { name: 'strange', description: attack, permissions: [] }
    assert.equal((await asAdmin('POST', '/roles', role)).status, 201)
    const key = { name: attack.slice(0, 100), permissions: ['users:read'] }
    assert.equal((await asAdmin('POST', '/api-keys', key)).status, 201)
    await service.call('POST', '/auth/login', {
      body: { username: 'mallory', password },
      headers: { 'user-agent': attack },
    })
    const { page, open, signIn, complaints, close } = await visits.visit(service)
    await signIn('admin')
    const user = `/console/users/${created.body.id}`
    const paths = ['', '?tab=security', '?tab=history', '?tab=data'].map((tab) => `${user}${tab}`)
    const search = `/console/users?q=${encodeURIComponent(attack.slice(0, 90))}`
    for (const path of [
      ...paths,
      '/console/users',
      search,
      '/console/roles',
      '/console/api-keys',
      '/console/audit',
    ]) {
      await open(path)
      for (const details of await page.getByRole('button', { name: 'Details' }).all()) await details.click()
      assert.equal(await page.evaluate(() => 'attacked' in globalThis), false, path)
      assert.equal(await page.locator('main img, main script').count(), 0, path)
    }
    await open(user)
    assert.equal(await page.getByLabel('External id').inputValue(), attack)
    assert.deepEqual(complaints, [])
    await close()
  })

  it('the console hides actions that the caller may not use', async () => {
    const helper = await service.createUser({ username: 'helper', roles: ['user', 'support'] })
    assert.ok(helper.id)
    const { page, open, signIn, close } = await visits.visit(service)
    await signIn('helper')
    const links = await page.locator('nav.side .links a').allTextContents()
    assert.deepEqual(links, ['Overview', 'Users', 'Audit log', 'Recycle bin'])
    assert.equal(await page.getByRole('button', { name: 'New user' }).count(), 0)
    assert.equal(await page.getByRole('button', { name: 'Export' }).count(), 0)
    await open(`/console/users/${ids['bruno']}`)
    assert.equal(await page.getByRole('button', { name: 'Disable' }).count(), 0)
    assert.equal(await page.getByRole('button', { name: 'Save' }).count(), 0)
    for (const path of ['/console/users/new', '/console/roles', '/console/import', '/console/api-keys']) {
      await page.goto(`${service.url}${path}`)
      await page.getByText('You may not see this').waitFor()
    }
    await close()
  })

  it('the console asks for a fresh proof where one is needed, and then continues', async () => {
    const { page, open, signIn, close } = await visits.visit(service)
    await signIn('admin')
    await open('/console/roles')
    shiftClock(301)
    await page.getByRole('button', { name: 'New role' }).click()
    await page.getByLabel('Name').fill('late')
    await page.getByRole('button', { name: 'Save' }).click()
    const proof = page.getByRole('dialog', { name: 'Confirm that it is you' })
    await proof.getByLabel('Password', { exact: true }).fill('not this one')
    await proof.getByRole('button', { name: 'Confirm' }).click()
    await proof.getByRole('alert').filter({ hasText: 'password is wrong' }).waitFor()
    await proof.getByLabel('Password', { exact: true }).fill(password)
    await proof.getByRole('button', { name: 'Confirm' }).click()
    await page.getByRole('columnheader', { name: 'late' }).waitFor()
    await close()
  })

  it('the console reports a lost network, and continues when the network is back', async () => {
    const { page, context, open, signIn, close } = await visits.visit(service)
    await signIn('admin')
    await open('/console/users')
    await context.setOffline(true)
    await page.getByText('You are offline').waitFor()
    assert.ok((await page.locator('tbody tr').count()) > 3)
    await context.setOffline(false)
    await page.getByText('You are offline').waitFor({ state: 'detached' })
    await page.getByRole('searchbox').fill('bruno')
    await page.getByText('1 user', { exact: true }).waitFor()
    await close()
  })

  it('signing out in one tab ends the session in the other tab', async () => {
    const { page, context, open, signIn, close } = await visits.visit(service)
    await signIn('admin')
    await open('/console/users')
    const other = await context.newPage()
    await other.goto(`${service.url}/account/profile`)
    await other.locator('.me').click()
    await other.getByRole('menuitem', { name: 'Sign out' }).click()
    await other.waitForURL(/\/sign-in/)
    await page.getByRole('searchbox').fill('bruno')
    await page.getByText('Your session has ended').waitFor()
    await close()
  })

  it('the import in the console shows a dry run, imports, and gives the reasons of rejected rows', async () => {
    const { page, open, signIn, complaints, close } = await visits.visit(service)
    await signIn('admin')
    await open('/console/import')
    const rows = Array.from(
      { length: 1200 },
      (_, index) => `import${index},import${index}@example.com,"Line, ${index}"`,
    )
    rows.splice(700, 0, 'bruno,bruno@example.com,Taken', 'no-address,,Nobody')
    const buffer = Buffer.from(`username,email,first_name\n${rows.join('\n')}\n`)
    await page.locator('input[type=file]').setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer })
    await page.getByRole('button', { name: 'Try without saving' }).click()
    await page.getByText('Nothing is saved yet').waitFor()
    const counts = () => page.locator('.counts dd').allTextContents()
    const wouldDo = await counts()
    assert.equal((await asAdmin('GET', '/users?q=import1&limit=1')).body.length, 0)
    await page.getByRole('button', { name: 'Import now' }).click()
    await page.getByText('The import is done').waitFor()
    assert.deepEqual(await counts(), wouldDo)
    const [created, , skipped, failed] = wouldDo.map((text) => Number(text.replace(',', '')))
    assert.equal(created! + skipped! + failed!, 1202)
    assert.ok(failed! >= 1)
    const found = await asAdmin('GET', '/users?username=import1199')
    assert.equal(found.body[0].email, 'import1199@example.com')
    const downloading = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Save as CSV' }).click()
    assert.equal((await downloading).suggestedFilename(), 'rejected.csv')
    assert.deepEqual(complaints, [])
    await settle(page)
    await close()
  })

  it('the console keeps an unsaved form about a user while the page is open, and asks before it is left', async () => {
    const { page, open, signIn, complaints, close } = await visits.visit(service)
    await signIn('admin')
    await open('/console/users?q=chen')
    await page.getByRole('link', { name: 'chen', exact: true }).click()
    await page.getByLabel('First name').fill('Typed')
    const question = page.getByRole('dialog', { name: 'Discard changes?' })
    await page.goBack()
    await question.getByRole('button', { name: 'Keep editing' }).click()
    await page.getByRole('link', { name: 'Security' }).click()
    await page.getByRole('link', { name: 'Profile' }).click()
    assert.equal(await page.getByLabel('First name').inputValue(), 'Typed')
    await page.getByRole('link', { name: 'Roles', exact: true }).click()
    await question.waitFor()
    assert.deepEqual(await violations(page), [])
    await question.getByRole('button', { name: 'Discard changes' }).click()
    await question.waitFor({ state: 'detached' })
    assert.equal((await asAdmin('GET', `/users/${ids['chen']}`)).body.first_name, 'Chen')
    assert.deepEqual(complaints, [])
    await close()
  })

  it('without a mail server the console gives a new user a password, and says that mails are in the log', async () => {
    const { page, open, signIn, close } = await visits.visit(service)
    await signIn('admin')
    await open('/console/users/new')
    await page.getByText('No mail server is set').waitFor()
    assert.equal(await page.getByLabel('Set a password now').isChecked(), true)
    await page.getByLabel('Send an invitation').check()
    await page.getByLabel('Username').fill('invited')
    await page.getByLabel('E-mail address').fill('invited@example.com')
    await page.getByRole('button', { name: 'Create and invite' }).click()
    await page.getByText('the invitation is in the log of the service').waitFor()
    await page.getByRole('heading', { name: 'invited' }).waitFor()
    await close()
  })

  it('a deleted user whose address another user has: the console names that user', async () => {
    const email = 'handed.on@example.com'
    const { body: gone } = await asAdmin('POST', '/users', { username: 'former', email, password })
    await asAdmin('DELETE', `/users/${gone.id}`)
    await asAdmin('POST', '/users', { username: 'successor', email, password })
    const { page, open, signIn, close } = await visits.visit(service)
    await signIn('admin')
    await open('/console/recycle-bin')
    const row = page.locator('tbody tr', { hasText: 'former' })
    await row.getByRole('button', { name: 'Restore' }).click()
    await page.getByText(`The e-mail address ${email} is used by another user now.`).waitFor()
    assert.deepEqual(await violations(page), [])
    await takePicture(page, 'restore-clash')
    await page.getByRole('link', { name: 'Open successor' }).click()
    await page.getByRole('heading', { name: 'successor' }).waitFor()
    await close()
  })

  it('the import in the console shows the differences from the file, and the roles that are not given', async () => {
    const { page, open, signIn, complaints, close } = await visits.visit(service)
    await signIn('admin')
    await open('/console/import')
    const buffer = Buffer.from(
      'username,email,roles\nx y,xy@example.com,user;editor\nbruno,bruno@example.com,\n',
    )
    const choose = (name: string, bytes: Buffer) =>
      page.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/plain', buffer: bytes })
    await choose('notes.csv', buffer)
    shiftClock(301)
    await page.getByRole('button', { name: 'Try without saving' }).click()
    // A dry run writes nothing, so it needs no proof.
    await page.getByText('Nothing is saved yet').waitFor()
    const row = page.locator('tbody tr', { hasText: 'xy@example.com' })
    await row.getByText(/^x-y/).waitFor()
    await row.getByText('editor: no such role, kept in metadata').waitFor()
    assert.equal(
      await row
        .locator('td')
        .nth(3)
        .evaluate((cell) => cell.querySelector('div')!.firstChild!.textContent),
      'user',
    )
    const notes = page.locator('[aria-labelledby=import-report] > div', {
      hasText: 'What differs from the file',
    })
    await notes.getByText('1 row: roles that the user did not get are kept in the metadata').waitFor()
    await notes.getByText('1 row: the username is not valid here and was changed').waitFor()
    await page.getByText('1 row: the user exists already').waitFor()
    await takePicture(page, 'import-notes')
    assert.deepEqual(await violations(page), [])
    assert.deepEqual(complaints, [])
    await settle(page)
    await close()
  })

  it('the export in the console contains the users that the list shows', async () => {
    const { page, open, signIn, close } = await visits.visit(service)
    await signIn('admin')
    await open('/console/users?q=bruno')
    await page.getByRole('button', { name: 'Export' }).click()
    const downloading = page.waitForEvent('download')
    await page.getByRole('dialog').getByRole('button', { name: 'Export' }).click()
    assert.equal((await downloading).suggestedFilename(), 'users.csv')
    await close()
  })
})
