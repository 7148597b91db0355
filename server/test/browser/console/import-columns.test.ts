import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createEngine, type Service } from '../../harness.ts'
import { settle, startVisits, takePicture, type Visitor, type Visits, violations } from './console.ts'

/** None of these names is known to the service. */
const header = 'Anwender;Postfach;Sitz;Rest'

describe('an import of a file whose columns are not recognised', () => {
  const { engine, cleanUp } = createEngine('sqlite')
  let visits: Visits
  let service: Service
  let visitor: Visitor
  before(async () => {
    visits = await startVisits()
    service = await engine.start()
    await service.admin()
    visitor = await visits.visit(service)
    await visitor.signIn('admin')
  })
  after(async () => {
    await visits.close()
    await cleanUp()
  })
  const find = async (username: string) =>
    (await service.call('GET', `/users?username=${username}`, { as: (await service.admin()).token })).body[0]
  const choose = async (rows: readonly string[]) => {
    await visitor.open('/console/import')
    const buffer = Buffer.from(`${[header, ...rows].join('\n')}\n`)
    await visitor.page
      .locator('input[type=file]')
      .setInputFiles({ name: 'staff.csv', mimeType: 'text/csv', buffer })
  }
  const tryIt = () => visitor.page.getByRole('button', { name: 'Try without saving' }).click()

  it('in the import, a user maps each unknown column to a field or to metadata, or ignores it', async () => {
    const { page, complaints } = visitor
    // More rows than fit into one request: each of them is sent with the choice.
    const rows = Array.from({ length: 501 }, (_, at) => `m${at};m${at}@example.com;Lund;x${at}`)
    await choose(rows)
    assert.equal(await page.getByLabel('Anwender').isVisible(), false)
    await tryIt()
    await page.getByRole('alert').waitFor()
    await page.getByLabel('Anwender').selectOption('Username')
    await page.getByLabel('Postfach').selectOption('E-mail address')
    await page.getByLabel('Rest').selectOption('Ignore')
    assert.equal(await page.getByRole('button', { name: 'Import now' }).count(), 0)
    await tryIt()
    await page.getByText('Nothing is saved yet').waitFor()
    assert.deepEqual(await page.locator('.counts dd').allTextContents(), ['501', '0', '0', '0'])
    const automatic = page.getByLabel('Sitz').locator('option:checked')
    assert.equal(await automatic.textContent(), 'Automatic: metadata.Sitz')
    await takePicture(page, 'import-columns')
    assert.deepEqual(await violations(page), [])
    await page.getByRole('button', { name: 'Import now' }).click()
    await page.getByText('The import is done').waitFor()
    for (const at of [0, 500]) {
      const { email, metadata } = await find(`m${at}`)
      assert.deepEqual([email, metadata], [`m${at}@example.com`, { Sitz: 'Lund' }])
    }
    assert.deepEqual(complaints, [])
    await settle(page)
  })

  it('an invalid mapping of columns is refused with the reason, and nothing is imported', async () => {
    const { page } = visitor
    await choose(['wrong;wrong@example.com;Lund;x'])
    await tryIt()
    await page.getByLabel('Anwender').selectOption('Username')
    await page.getByLabel('Postfach').selectOption('E-mail address')
    await page.getByLabel('Sitz').selectOption('E-mail address')
    await tryIt()
    await page.getByText('Two columns are mapped to email.').waitFor()
    assert.equal(await page.getByRole('button', { name: 'Import now' }).count(), 0)
    assert.equal(await find('wrong'), undefined)
  })
})
