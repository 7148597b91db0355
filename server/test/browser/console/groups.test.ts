import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createEngine, type Service, type TestUser } from '../../harness.ts'
import { startVisits, takePicture, type Visitor, type Visits, violations } from './console.ts'

describe('groups and SCIM in the console', () => {
  const { engine, cleanUp } = createEngine('sqlite')
  let visits: Visits
  let service: Service
  let visitor: Visitor
  let admin: TestUser
  before(async () => {
    visits = await startVisits()
    service = await engine.start()
    admin = await service.admin()
    for (const username of ['ada', 'bela'])
      await service.call('POST', '/users', {
        as: admin.token,
        body: { username, email: `${username}@example.com` },
      })
    visitor = await visits.visit(service)
    await visitor.signIn('admin')
  })
  after(async () => {
    await visits.close()
    await cleanUp()
  })
  const seen = async (name: string) => {
    assert.deepEqual(await violations(visitor.page), [])
    await takePicture(visitor.page, name)
  }

  it('an administrator creates a group, adds many members, nests it, gives it a role and deletes it', async () => {
    const { page } = visitor
    const inner = await service.call('POST', '/groups', { as: admin.token, body: { name: 'Builders' } })
    await visitor.open('/console/groups')
    await seen('groups')
    await page.getByRole('button', { name: 'New group' }).click()
    await page.getByRole('button', { name: 'Create' }).click()
    await page.locator('.field .problem').first().waitFor()
    await page.getByLabel('Name', { exact: true }).fill('Engineering')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Engineering' }).waitFor()

    await page.getByRole('button', { name: 'Add members' }).click()
    await page.getByLabel('Usernames or e-mail addresses').fill('ada\nnobody')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByText('No user was added. These names are unknown: nobody').waitFor()
    await seen('group-add-members')
    await page.getByLabel('Usernames or e-mail addresses').fill('ADA\nbela@example.com')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByRole('link', { name: 'bela' }).waitFor()
    await page.getByLabel('Choose ada').check()
    await seen('group-members')
    await page.getByRole('button', { name: 'Remove members' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove members' }).click()
    await page.getByRole('link', { name: 'ada', exact: true }).waitFor({ state: 'detached' })

    await page.getByRole('link', { name: 'Nested groups' }).click()
    await page.getByLabel('Put a group into this one').selectOption('Builders')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByRole('button', { name: 'Remove Builders' }).waitFor()
    await seen('group-nested')

    await page.getByRole('link', { name: 'Details' }).click()
    await page.getByLabel('Description').fill('Who builds')
    await page.getByRole('checkbox', { name: /^user/ }).check()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Who builds').waitFor()
    await seen('group-details')

    await visitor.open(`/console/groups/${inner.body.id}?tab=groups`)
    await page.getByRole('link', { name: 'Engineering' }).waitFor()
    await page.getByRole('link', { name: 'Engineering' }).click()
    await page.getByRole('heading', { name: 'Engineering' }).waitFor()
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('heading', { name: 'Groups' }).waitFor()
    await page.getByRole('link', { name: 'Builders' }).waitFor()
    await page.getByRole('link', { name: 'Engineering' }).waitFor({ state: 'detached' })
  })

  it('the console shows the groups of a user, and the users of a group', async () => {
    const { page } = visitor
    const people = await service.call('GET', '/users?q=bela', { as: admin.token })
    await visitor.open(`/console/users/${people.body[0].id}?tab=groups`)
    await page.getByText('In no group').waitFor()
    await page.getByLabel('Add the user to a group').selectOption('Builders')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByRole('link', { name: 'Builders' }).waitFor()
    await seen('user-groups')
    await visitor.open('/console/users')
    await page.getByRole('button', { name: 'Group' }).click()
    await page.getByRole('menuitem', { name: 'Builders' }).click()
    await page.getByText('1 user', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Group: Builders' }).waitFor()
    await seen('users-of-group')
  })

  it('the console shows the requests of a directory, and changes its rules', async () => {
    const { page } = visitor
    await visitor.open('/console/scim')
    await page.getByText('No directory is connected').waitFor()
    const key = await service.call('POST', '/api-keys', {
      as: admin.token,
      body: { name: 'Entra', permissions: ['scim:read', 'scim:write'] },
    })
    const scim = (method: string, path: string, body?: object) =>
      service.call(method, `/scim/v2${path}`, { as: key.body.secret, ...(body && { body }) })
    await scim('POST', '/Users', { userName: 'dora@example.com', shoeSize: 43 })
    await scim('POST', '/Users', { userName: admin.email })
    await page.reload()
    await page.getByRole('link', { name: 'Entra' }).waitFor()
    await seen('scim')
    await page.getByRole('link', { name: 'Entra' }).click()
    await page.getByText('Another user has this userName').waitFor()
    await page.getByText('Ignored: shoeSize').waitFor()
    await seen('scim-requests')
    await page.getByRole('link', { name: 'Rules' }).click()
    await page.getByLabel('Users who were here before').selectOption('refuse')
    await page.getByLabel('Groups that it may change').selectOption('chosen')
    await page.getByLabel('Builders').check()
    await page.getByLabel('Send new users an invitation').uncheck()
    await seen('scim-rules')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved').waitFor()
    const [connection] = (await service.call('GET', '/scim-connections', { as: admin.token })).body
    assert.deepEqual(
      [
        connection.existing_users,
        connection.groups,
        connection.group_ids.length,
        connection.send_invitations,
      ],
      ['refuse', 'chosen', 1, false],
    )
    assert.deepEqual(visitor.complaints, [])
  })
})
