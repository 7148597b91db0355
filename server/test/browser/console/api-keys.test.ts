import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createEngine, type Service, type TestUser } from '../../harness.ts'
import { startVisits, takePicture, untilTexts, type Visitor, type Visits, violations } from './console.ts'

describe('the API keys of all users in the console', () => {
  const { engine, cleanUp } = createEngine('sqlite')
  let visits: Visits
  let service: Service
  let visitor: Visitor
  let owner: TestUser
  const makeKey = async (as: string, name: string, expires_at?: string): Promise<{ secret: string }> => {
    const body = { name, permissions: ['users:read'], ...(expires_at && { expires_at }) }
    const made = await service.call('POST', '/api-keys', { as, body })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    return made.body
  }
  before(async () => {
    visits = await startVisits()
    service = await engine.start()
    const { token: as } = await service.admin()
    const roles = {
      programmer: ['users:read', 'api_keys:write'],
      'key-admin': ['users:read', 'api_keys:admin'],
    }
    for (const [name, permissions] of Object.entries(roles))
      assert.equal((await service.call('POST', '/roles', { as, body: { name, permissions } })).status, 201)
    owner = await service.createUser({ username: 'olga', email_verified: true, roles: ['programmer'] })
    await service.createUser({ username: 'karl', email_verified: true, roles: ['key-admin'] })
    visitor = await visits.visit(service)
  })
  after(async () => {
    await visits.close()
    await cleanUp()
  })

  it('an administrator sees, filters and revokes the API keys of all users', async () => {
    const { page, complaints } = visitor
    await makeKey((await service.admin()).token, 'my own')
    const { secret } = await makeKey(owner.token, 'nightly sync')
    await makeKey(owner.token, 'short', new Date(Date.now() + 3_600_000).toISOString())
    await visitor.signIn('admin')
    await visitor.open('/console/api-keys')
    await untilTexts(page, 'tbody tr td:first-child .name', ['my own'])
    await page.getByLabel('Keys', { exact: true }).selectOption('Keys of all users')
    await untilTexts(page, 'tbody tr td:first-child .name', ['short', 'nightly sync', 'my own'])
    await untilTexts(page, 'tbody tr td:nth-child(2) .name', ['olga', 'olga', 'admin'])
    await takePicture(page, 'api-keys-of-all')
    assert.deepEqual(await violations(page), [])

    await page.getByLabel('Expires').selectOption('Expires within 1 day')
    await untilTexts(page, 'tbody tr td:first-child .name', ['short'])
    await page.getByLabel('Use', { exact: true }).selectOption('Unused for 90 days')
    await page.getByText('No keys match the filters.').waitFor()
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await page.getByLabel('Owner (name or e-mail)').fill(owner.email)
    await page.keyboard.press('Enter')
    await untilTexts(page, 'tbody tr td:first-child .name', ['short', 'nightly sync'])
    assert.equal(new URL(page.url()).searchParams.get('user'), owner.id)
    await page.reload()
    await untilTexts(page, 'tbody tr td:first-child .name', ['short', 'nightly sync'])

    assert.equal((await service.call('GET', '/users?limit=1', { as: secret })).status, 200)
    await page
      .locator('tbody tr', { hasText: 'nightly sync' })
      .getByRole('button', { name: 'Revoke' })
      .click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('This is a key of olga.').waitFor()
    await dialog.getByRole('button', { name: 'Revoke' }).click()
    await page.getByText('The key nightly sync is revoked').waitFor()
    await untilTexts(page, 'tbody tr td:first-child .name', ['short'])
    assert.equal((await service.call('GET', '/users?limit=1', { as: secret })).status, 401)
    assert.deepEqual(complaints, [])
  })

  it('only api_keys:admin shows the API keys of others; a caller without own keys sees only those', async () => {
    const asKarl = await visits.visit(service)
    await asKarl.signIn('karl')
    await asKarl.open('/console/api-keys')
    await untilTexts(asKarl.page, 'tbody tr td:first-child .name', ['short', 'my own'])
    assert.equal(await asKarl.page.getByRole('button', { name: 'New API key' }).count(), 0)
    assert.equal(await asKarl.page.getByLabel('Keys', { exact: true }).count(), 0)

    const asOlga = await visits.visit(service)
    await asOlga.signIn('olga')
    await asOlga.open('/console/api-keys?user=all')
    await untilTexts(asOlga.page, 'tbody tr td:first-child .name', ['short'])
    assert.equal(await asOlga.page.getByLabel('Use', { exact: true }).count(), 0)
  })
})
