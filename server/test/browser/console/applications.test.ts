import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { onBothEngines, type Service } from '../../harness.ts'
import { startVisits, takePicture, type Visitor, type Visits, violations } from './console.ts'

onBothEngines('applications in the console', (engine) => {
  let visits: Visits
  let service: Service
  let visitor: Visitor
  before(async () => {
    visits = await startVisits()
    service = await engine.start()
    await service.admin()
    visitor = await visits.visit(service)
  })
  after(() => visits.close())

  it('an administrator registers an application, sees its secret once and deletes it', async () => {
    const { page } = visitor
    await visitor.signIn('admin')
    await visitor.open('/console/applications')
    await page.getByText('No applications').waitFor()
    await page.getByRole('button', { name: 'New application' }).click()
    await page.getByLabel('Name').fill('Wiki')
    await page.getByLabel('Redirect URIs').fill('http://wiki.example.com/callback')
    await page.getByRole('button', { name: 'Register' }).click()
    await page.getByText('Must be https').waitFor()
    await page.getByLabel('Redirect URIs').fill('https://wiki.example.com/callback')
    assert.deepEqual(await violations(page), [])
    await takePicture(page, 'applications-new')
    await page.getByRole('button', { name: 'Register' }).click()
    await page.getByRole('heading', { name: 'Wiki is registered' }).waitFor()
    assert.match((await page.locator('.secret code').last().textContent()) ?? '', /^rs_/)
    await takePicture(page, 'applications-made')
    assert.match(
      (await page.locator('pre').textContent()) ?? '',
      /OIDC_CLIENT_SECRET=rs_[\s\S]+OIDC_REDIRECT_URI=https:\/\/wiki.example.com\/callback/,
    )
    await page.getByLabel('Configuration for').selectOption('oauth2_proxy')
    assert.match(
      (await page.locator('pre').textContent()) ?? '',
      /client_secret = "rs_[\s\S]+cookie_secret = "\w{32}"/,
    )
    await page.getByRole('button', { name: 'Done' }).click()
    await page.getByText('https://wiki.example.com/callback').waitFor()
    assert.deepEqual(await violations(page), [])
    await takePicture(page, 'applications')
    await page.getByRole('button', { name: 'Change' }).click()
    await page.getByText('Advanced').click()
    await page.getByLabel('Back-channel logout URI').fill('https://wiki.example.com/logout')
    await page.getByRole('button', { name: 'Add a secret' }).click()
    await page.getByText('It is not shown again.').waitFor()
    assert.deepEqual(await violations(page), [])
    await takePicture(page, 'applications-change')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    const { body } = await service.call('GET', '/applications', { as: (await service.admin()).token })
    assert.equal(body[0].backchannel_logout_uri, 'https://wiki.example.com/logout')
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByText('No applications').waitFor()
    assert.deepEqual(visitor.complaints, [])
  })

  it('an administrator gives a machine permissions, copies the commands for it, and removes the permissions', async () => {
    const { page } = visitor
    await page.getByRole('button', { name: 'New application' }).click()
    await page.getByLabel('Name').fill('Nightly sync')
    await page.getByLabel('Kind').selectOption('machine')
    await page.getByRole('checkbox', { name: 'users:read' }).check()
    assert.deepEqual(await violations(page), [])
    await takePicture(page, 'applications-machine')
    await page.getByRole('button', { name: 'Register' }).click()
    await page.getByRole('heading', { name: 'Nightly sync is registered' }).waitFor()
    assert.match((await page.locator('pre').textContent()) ?? '', /CLIENT='[\w-]+:rs_.+SCOPE='users:read'/)
    await page.getByRole('button', { name: 'Done' }).click()
    await page.getByText('users:read').waitFor()
    assert.equal(await page.locator('td[data-label="Last used"]').textContent(), 'never')
    await page.getByRole('button', { name: 'Change' }).click()
    await page.getByRole('checkbox', { name: 'users:read' }).uncheck()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    const { body } = await service.call('GET', '/applications', { as: (await service.admin()).token })
    assert.deepEqual(body[0].permissions, [])
    assert.deepEqual(visitor.complaints, [])
  })
})
