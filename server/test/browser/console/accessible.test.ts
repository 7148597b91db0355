import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createEngine, password } from '../../harness.ts'
import { startAtKnownOrigin } from '../../known-origin.ts'
import { startSmtp } from '../../mail/smtp.ts'
import { keyboardFaults } from '../keyboard.ts'
import { dialogs, fill, type Organisation, screens } from '../screenshots/organisation.ts'
import { settle, startVisits, type Visitor, type Visits, violations } from './console.ts'

/** The themes differ in colours only. */
const rules = { light: undefined, dark: ['color-contrast', 'link-in-text-block'] }

/** The page of the API reference is another project's. */
const foreign = ['docs']

/** Every screen of an organisation with 300 users, in both themes. */
describe('every screen', () => {
  const { engine, cleanUp } = createEngine('sqlite')
  let origin: string
  let organisation: Organisation
  let visits: Visits
  let smtp: Awaited<ReturnType<typeof startSmtp>>
  before(async () => {
    smtp = await startSmtp()
    const started = await startAtKnownOrigin(engine, 'localhost', { ROSTER_MAIL_URL: smtp.url })
    origin = started.origin
    organisation = await fill(started.service, `${origin}/account/profile`)
    visits = await startVisits()
  })
  after(async () => {
    await visits?.close()
    await smtp.stop()
    await cleanUp()
  })

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`every screen passes axe${colorScheme === 'light' ? ', and Tab reaches every control and shows it' : ''}: ${colorScheme}`, async () => {
      const { page, context } = await visit(colorScheme)
      const faults: string[] = []
      for (const isSignedIn of [false, true]) {
        if (isSignedIn) await signIn(page)
        for (const [name, path] of Object.entries(screens(organisation, !isSignedIn))) {
          if (foreign.includes(name)) continue
          await page.goto(`${origin}${path}`)
          await page.locator('h1, form').first().waitFor()
          // Some pages go on asking for news.
          await page.waitForLoadState('networkidle', { timeout: 800 }).catch(() => {})
          await page.locator('.skeletons, .spin').first().waitFor({ state: 'detached' })
          const found = await violations(page, [], rules[colorScheme])
          if (colorScheme === 'light') found.push(...(await keyboardFaults(page)))
          faults.push(...found.map((fault) => `${name}: ${fault}`))
        }
      }
      assert.deepEqual(faults, [])
      await context.close()
    })
  }

  it('dialogs of the console pass axe in both themes, keep the focus and return it', async () => {
    const faults: string[] = []
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page, context } = await visit(colorScheme)
      await signIn(page)
      for (const [name, path, ...buttons] of dialogs(organisation)) {
        if (!name.startsWith('dialog') && name !== 'totp') continue
        await page.goto(`${origin}${path}`)
        await settle(page)
        const opener = page.locator(buttons[0]!).first()
        await opener.focus()
        await page.keyboard.press('Enter')
        const dialog = page.getByRole('dialog')
        await dialog.waitFor()
        await page.waitForTimeout(250)
        faults.push(
          ...(await violations(page, [], rules[colorScheme])).map(
            (fault) => `${name} ${colorScheme}: ${fault}`,
          ),
        )
        if (colorScheme === 'dark') continue
        const controls = await dialog.locator('a, button, input, select, textarea').count()
        for (let press = 0; press < controls + 2; press += 1) {
          await page.keyboard.press('Tab')
          // The browser goes through elements that hand the focus on.
          const isInside = () => document.activeElement?.closest('[role="dialog"]') !== null
          if (!(await holds(page, isInside))) faults.push(`${name}: the focus leaves the dialog`)
        }
        await page.keyboard.press('Escape')
        await dialog.waitFor({ state: 'detached' })
        const label = ((await opener.getAttribute('aria-label')) ?? (await opener.textContent()) ?? '').trim()
        const isBack = (text: string) => {
          const { activeElement } = document
          return (activeElement?.getAttribute('aria-label') ?? activeElement?.textContent)?.trim() === text
        }
        if (!(await holds(page, isBack, label))) faults.push(`${name}: the focus does not come back`)
      }
      await context.close()
    }
    assert.deepEqual(faults, [])
  })

  /** Whether it becomes true within two seconds. */
  async function holds(page: Visitor['page'], check: (text: string) => boolean, text = ''): Promise<boolean> {
    return page.waitForFunction(check, text, { timeout: 2000 }).then(
      () => true,
      () => false,
    )
  }

  async function visit(colorScheme: 'light' | 'dark') {
    const options = { viewport: { width: 1280, height: 800 }, locale: 'en-GB', colorScheme }
    const context = await visits.browser.newContext(options)
    context.setDefaultTimeout(20_000)
    return { context, page: await context.newPage() }
  }

  async function signIn(page: Visitor['page']): Promise<void> {
    await page.goto(`${origin}/sign-in`)
    await page.locator('#username').fill('admin')
    await page.locator('#password').fill(password)
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/console\//)
    await page.locator('h1').waitFor()
  }
})
