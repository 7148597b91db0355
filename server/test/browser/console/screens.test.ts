import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createEngine, type Service } from '../../harness.ts'
import { settle, settlePeople, startVisits, takePicture, type Visits, violations } from './console.ts'

const variants = {
  light: { viewport: { width: 1280, height: 800 } },
  dark: { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
  narrow: { viewport: { width: 360, height: 740 }, hasTouch: true },
  german: { viewport: { width: 1280, height: 800 }, locale: 'de-DE' },
} as const

/** Every screen in both themes, on a phone and in German: accessible, without overflow or complaints. */
describe('the screens', () => {
  const { engine, cleanUp } = createEngine('sqlite')
  let service: Service
  let visits: Visits
  let screens: Record<string, string>
  before(async () => {
    service = await engine.start()
    const { ids } = await settlePeople(service)
    const bruno = `/console/users/${ids['bruno']}`
    screens = {
      overview: '/console/overview',
      jobs: '/console/jobs',
      users: '/console/users',
      'users-none-match': '/console/users?q=nobody-has-this-name',
      'new-user': '/console/users/new',
      user: bruno,
      'user-security': `${bruno}?tab=security`,
      'user-history': `${bruno}?tab=history`,
      'user-data': `${bruno}?tab=data`,
      'user-missing': '/console/users/00000000-0000-4000-8000-000000000000',
      'recycle-bin': '/console/recycle-bin',
      import: '/console/import',
      roles: '/console/roles',
      'api-keys': '/console/api-keys',
      audit: '/console/audit',
      settings: '/console/settings',
      'settings-keys': '/console/settings?tab=keys',
      'settings-mails': '/console/settings?tab=mails',
      'not-found': '/console/nothing',
      profile: '/account/profile',
      security: '/account/security',
      activity: '/account/activity',
      'my-data': '/account/data',
    }
    visits = await startVisits()
  })
  after(async () => {
    await visits?.close()
    await cleanUp()
  })

  for (const [variant, options] of Object.entries(variants)) {
    it(`the screens pass axe, do not overflow and log no error: ${variant}`, async () => {
      const { page, open, signIn, complaints, close } = await visits.visit(service, options)
      const faults: string[] = []
      const check = async (name: string) => {
        await takePicture(page, `${name}-${variant}`)
        faults.push(...(await violations(page)).map((violation) => `${name}: ${violation}`))
        const { scrollWidth, clientWidth } = await page.evaluate(() => document.documentElement)
        if (scrollWidth > clientWidth) faults.push(`${name}: ${scrollWidth} px wide in ${clientWidth} px`)
      }
      for (const path of ['sign-in', 'sign-up']) {
        await open(`/${path}`)
        await check(path)
      }
      if (variant === 'german') {
        await open('/sign-in')
        await page.locator('#username').fill('admin')
        await page.locator('#password').fill('correct horse battery')
        await page.getByRole('button', { name: 'Anmelden' }).click()
        await page.waitForURL('**/console/overview')
      } else await signIn('admin')
      const inGerman = ['overview', 'users', 'user', 'import', 'audit', 'security']
      for (const [name, path] of Object.entries(screens)) {
        if (variant === 'german' && !inGerman.includes(name)) continue
        await page.goto(`${service.url}${path}`)
        await page.locator('h1, h2').first().waitFor()
        await settle(page)
        await check(name)
      }
      assert.deepEqual(faults, [])
      assert.deepEqual(complaints, [])
      await close()
    })
  }

  it('dialogs and menus pass axe, keep the focus and return it', async () => {
    const { page, open, signIn, complaints, close } = await visits.visit(service)
    await signIn('admin')
    const dialogs: [path: string, button: string][] = [
      ['/console/users', 'Export'],
      ['/console/roles', 'New role'],
      ['/console/api-keys', 'New API key'],
      ['/console/api-keys', 'Revoke'],
      ['/console/recycle-bin', 'Erase'],
      ['/account/data', 'Delete my account'],
    ]
    for (const [path, name] of dialogs) {
      await open(path)
      await page.getByRole('button', { name }).first().focus()
      await page.keyboard.press('Enter')
      await page.getByRole('dialog').waitFor()
      await page.waitForTimeout(200)
      assert.deepEqual(await violations(page), [], name)
      await takePicture(page, `dialog-${name.toLowerCase().replaceAll(' ', '-')}`)
      for (let step = 0; step < 8; step += 1) {
        await page.keyboard.press('Tab')
        await page.waitForFunction(() => document.activeElement?.closest('[role="dialog"]') !== null)
      }
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
      const focused = () => document.activeElement?.textContent ?? ''
      assert.equal((await page.evaluate(focused)).trim(), name)
    }
    await page.locator('.me').click()
    await page.getByRole('menu').waitFor()
    await page.waitForTimeout(200)
    // A menu opens beside the landmarks of the page, not in one.
    assert.deepEqual(await violations(page, ['region']), [])
    assert.deepEqual(complaints, [])
    await close()
  })
})
