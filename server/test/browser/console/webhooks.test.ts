import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createEngine, type Service } from '../../harness.ts'
import { type Receiver, startReceiver } from '../../webhooks/receiver.ts'
import { startVisits, takePicture, type Visitor, type Visits, violations } from './console.ts'

describe('webhooks in the console', () => {
  const { engine, cleanUp } = createEngine('sqlite')
  let visits: Visits
  let service: Service
  let visitor: Visitor
  let receiver: Receiver
  before(async () => {
    receiver = await startReceiver()
    visits = await startVisits()
    service = await engine.start({ ROSTER_OUTGOING_NETWORKS: '127.0.0.0/8' })
    await service.admin()
    visitor = await visits.visit(service)
  })
  after(async () => {
    receiver.stop()
    await visits.close()
    await cleanUp()
  })

  it('an administrator creates a webhook, sees its secret once, tests it, reads its deliveries and deletes it', async () => {
    const { page } = visitor
    await visitor.signIn('admin')
    await visitor.open('/console/webhooks')
    await page.getByText('No webhooks').waitFor()
    await page.getByRole('button', { name: 'New webhook' }).click()
    await page.getByLabel('Address').fill('http://10.0.0.1/hook')
    await page.getByRole('button', { name: 'Create' }).click()
    await page.getByText('The address is not public.').waitFor()
    await page.getByLabel('Address').fill(receiver.url('/console'))
    await page.getByLabel('Description').fill('Wiki')
    await page.getByLabel('All events').uncheck()
    await page.getByLabel('user.created').check()
    assert.deepEqual(await violations(page), [])
    await takePicture(page, 'webhooks-new')
    await page.getByRole('button', { name: 'Create' }).click()
    await page.getByText('The secret is not shown again.').waitFor()
    assert.match((await page.locator('.secret code').textContent()) ?? '', /^whsec_/)
    await page.getByRole('button', { name: 'Done' }).click()
    await page.getByText('user.created', { exact: true }).waitFor()
    assert.deepEqual(await violations(page), [])
    await takePicture(page, 'webhooks')

    await page.getByRole('link', { name: new URL(receiver.url('/')).host }).click()
    await page.getByText('Nothing was sent yet').waitFor()
    await page.getByRole('button', { name: 'Send a test' }).click()
    await page.getByText('webhook.test', { exact: true }).waitFor()
    await service.createUser()
    await receiver.until('/console', 2)
    await page.reload()
    await page.getByText('delivered', { exact: true }).nth(1).waitFor()
    assert.deepEqual(await violations(page), [])
    await takePicture(page, 'webhook')
    await page.getByRole('button', { name: 'Send again', exact: true }).click()
    await receiver.until('/console', 3)

    await page.getByRole('button', { name: 'Send again since …' }).click()
    await page.getByLabel('Since', { exact: true }).fill('2026-01-01T00:00')
    assert.deepEqual(await violations(page), [])
    await takePicture(page, 'webhook-resend')
    await page.getByRole('dialog').getByRole('button', { name: 'Send again' }).click()
    await page.getByText('The events are sent again.').waitFor()

    await page.getByRole('button', { name: 'Change', exact: true }).click()
    await page.getByLabel('Description').fill('Wiki and forum')
    await page.getByLabel('user.deleted').check()
    await page.getByRole('button', { name: 'Add a secret' }).click()
    await page.getByText('The secret is not shown again.').waitFor()
    assert.deepEqual(await violations(page), [])
    await takePicture(page, 'webhook-change')
    await page.setViewportSize({ width: 360, height: 800 })
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.getByText('The secret is not shown again.').scrollIntoViewIfNeeded()
    assert.deepEqual(await violations(page), [])
    await takePicture(page, 'webhook-change-narrow-dark')
    await page.emulateMedia({ colorScheme: 'light' })
    await page.setViewportSize({ width: 1280, height: 720 })
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).last().click()
    await page.getByText('Delete this secret?').waitFor()
    await page.getByRole('dialog').last().getByRole('button', { name: 'Delete' }).click()
    await page.getByText('Delete this secret?').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Wiki and forum').waitFor()
    await page.getByText('user.deleted', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Switch off' }).click()
    await page.getByRole('button', { name: 'Switch on' }).waitFor()
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByText('No webhooks').waitFor()
    assert.deepEqual(visitor.complaints, [])
  })
})
