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

  it('an administrator creates one, sees its secret once, tests it, reads its deliveries and deletes it', async () => {
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
    await page.getByRole('button', { name: 'Send again' }).click()
    await receiver.until('/console', 3)
    await page.getByRole('button', { name: 'Switch off' }).click()
    await page.getByRole('button', { name: 'Switch on' }).waitFor()
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByText('No webhooks').waitFor()
    assert.deepEqual(visitor.complaints, [])
  })
})
