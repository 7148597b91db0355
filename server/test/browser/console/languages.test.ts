import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { languages } from '../../../src/html/language.ts'
import { createEngine, password, type Service, type TestUser } from '../../harness.ts'
import { startSmtp } from '../../mail/smtp.ts'
import { settle, startVisits, takePicture, type Visits, violations } from './console.ts'
import { speakPseudo, strangersOn } from './pseudo.ts'

const screens = ['profile', 'security', 'activity', 'data']
const narrow = { viewport: { width: 360, height: 740 }, hasTouch: true }

describe('the sign-in and account pages in each language', () => {
  const { engine, cleanUp } = createEngine('sqlite')
  let service: Service
  let visits: Visits
  let smtp: Awaited<ReturnType<typeof startSmtp>>
  let user: TestUser
  before(async () => {
    smtp = await startSmtp()
    service = await engine.start({ ROSTER_MAIL_URL: smtp.url, ROSTER_APP_NAME: 'Wiki' })
    // Without an administrator the sign-in page leads to the set-up.
    await service.admin()
    user = await service.createUser({ username: 'ann', email: 'ann@example.com', email_verified: true })
    visits = await startVisits()
  })
  after(async () => {
    await visits?.close()
    await cleanUp()
    await smtp?.stop()
  })

  const signIn = async (page: Page) => {
    await page.locator('#username').fill(user.username)
    await page.locator('#password').fill(password)
    await page.keyboard.press('Enter')
    await page.waitForURL('**/account/**')
    await page.locator('h1').waitFor()
  }
  const openScreen = async (page: Page, screen: string) => {
    await page.goto(`${service.url}/account/${screen}`)
    await page.locator('h1').waitFor()
    await settle(page)
  }

  // Polish and French have the longest texts, and Japanese breaks lines between any letters.
  for (const language of languages.filter((each) => each !== 'en'))
    it(`the sign-in and account pages pass axe and do not overflow on a phone, in ${language}`, async () => {
      const { page, open, complaints, close } = await visits.visit(service, { ...narrow, locale: language })
      const faults: string[] = []
      const check = async (name: string) => {
        await takePicture(page, `${name}-${language}`)
        assert.equal(await page.getAttribute('html', 'lang'), language, name)
        if (['fr', 'pl', 'ja'].includes(language)) faults.push(...(await violations(page)))
        faults.push(...(await cutOffOn(page)).map((element) => `${name}: ${element}`))
      }
      for (const path of ['sign-up', 'account/forgot', 'sign-in']) {
        await open(`/${path}`)
        await check(path.replace('/', '-'))
      }
      await signIn(page)
      for (const screen of screens) {
        await openScreen(page, screen)
        await check(screen)
      }
      assert.deepEqual(faults, [])
      assert.deepEqual(complaints, [])
      await close()
    })

  it('the sign-in and account pages show only texts of the catalogues', async () => {
    const { page, context, open, close } = await visits.visit(service, { locale: 'de-DE' })
    const replaced = await speakPseudo(context)
    const data = [
      /^ann(@example\.com)?$/,
      /^(AN|A|W)$/,
      // The program of the other session.
      /^node$/,
      /^Wiki$/,
      /^Version [\d.]+$|^v?[\d.]+$/,
      // Times and lists as `Intl` writes them, and the browser.
      /^(vor .+|heute|gestern|jetzt|in .+|\d.*\d{4}.*)$/,
      /(Chrome|Linux|127\.0\.0\.1)/,
      /^(English|Deutsch|Français|Español|Português|Italiano|Polski|日本語)$/,
    ]
    const faults: string[] = []
    const check = async (name: string) => {
      assert.equal(
        await page.getByText('⟦').count().then(Boolean),
        true,
        `${name} has no text of the catalogue`,
      )
      faults.push(...(await strangersOn(page, data)).map((text) => `${name}: ${text}`))
    }
    for (const path of ['sign-up', 'sign-in']) {
      await open(`/${path}`)
      await check(path)
    }
    await page.locator('#username').fill(user.username)
    await page.locator('#password').fill('not the password')
    await page.keyboard.press('Enter')
    await page.locator('.notice.bad').waitFor()
    await check('a wrong password')
    await signIn(page)
    for (const screen of screens) {
      await openScreen(page, screen)
      await check(screen)
    }
    await page.locator('.me').click()
    await page.getByRole('menu').waitFor()
    await check('the menu')
    assert.deepEqual(faults, [])
    assert.ok(replaced() >= 2, 'a catalogue was not replaced')
    await close()
  })

  it('a user chooses the language on the sign-in page, and stores it in the account with the menu', async () => {
    const { page, open, close } = await visits.visit(service)
    await open('/sign-in')
    await page.getByLabel('Language').selectOption('pl')
    await page.getByRole('button', { name: 'Zaloguj się', exact: true }).waitFor()
    assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'SELECT')
    await signIn(page)
    await page.getByRole('heading', { name: 'Profil', level: 1 }).waitFor()
    await page.locator('.me').click()
    await page.getByRole('menuitemcheckbox', { name: '日本語' }).click()
    await page.getByRole('heading', { name: 'プロフィール', level: 1 }).waitFor()
    const { body } = await service.call('GET', '/users/me', { as: user.token })
    assert.equal(body.locale, 'ja')
    await service.call('PATCH', '/users/me', { as: user.token, body: { locale: null } })
    await close()
  })
})

/** The elements that begin or end outside the window, also where the page hides that. */
function cutOffOn(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const isScrolled = (element: Element | null): boolean =>
      element !== null &&
      element !== document.body &&
      (/auto|scroll/.test(getComputedStyle(element).overflowX) || isScrolled(element.parentElement))
    return [...document.body.querySelectorAll('a, button, input, select, h1, h2, h3, p, label, .card')]
      .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !isScrolled(element))
      .filter((element) => {
        const { left, right, width } = element.getBoundingClientRect()
        return width > 1 && right > 0 && (left < 0 || right > innerWidth)
      })
      .map((element) => element.outerHTML.slice(0, 120))
  })
}
