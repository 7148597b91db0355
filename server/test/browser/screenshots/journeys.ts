/** Screens that need more than an address and clicks: texts that are typed, files, links of mails. */
import type { Page } from 'playwright-core'
import { shiftClock } from '../../../src/clock.ts'
import { type Engine, password } from '../../harness.ts'
import type { Organisation } from './organisation.ts'

export type Journey = {
  name: string
  /** `take` takes a picture, under the name of the journey by default. */
  run(page: Page, take: (step?: string) => Promise<void>): Promise<void>
}

const machine = 'Nightly backup'
const otherSystem = `Login name;Mail;Given name;Surname;Department;Password
t.berg;t.berg@example.net;Tove;Berg;Sales;$2y$10$abcdefghijklmnopqrstuuDz0zYl1v7jQmJ3rV9QmPpRNkJ8mWwVu
o.dahl;o.dahl@example.net;Olav;Dahl;Research;
broken;not-an-address;Bo;Strand;Sales;
`

/** The links of mails that work, and the sign-in for an application. */
export function beforeSignIn(
  { wiki }: Organisation,
  origin: string,
  mails: readonly { link: string }[],
): Journey[] {
  const authorize = new URLSearchParams({
    ...{ client_id: wiki.client_id, redirect_uri: wiki.redirect_uris[0]! },
    ...{ response_type: 'code', scope: 'openid email', state: 'a' },
  })
  const links = ['reset', 'invitation', 'verify'].map((kind): Journey => {
    return {
      name: `link-${kind}`,
      async run(page, take) {
        await page.goto(mails.findLast(({ link }) => link.includes(`/account/${kind}`))!.link)
        const field = page.locator('input[autocomplete=new-password]')
        await field.fill('correct horse battery')
        await field.locator('xpath=following-sibling::button').click()
        await take()
        await page.goto('about:blank')
      },
    }
  })
  return [
    ...links,
    {
      name: 'sign-in-application',
      async run(page, take) {
        await page.goto(`${origin}/oauth2/authorize?${authorize}`)
        await take()
      },
    },
  ]
}

export function afterSignIn(origin: string): Journey[] {
  return [
    {
      name: 'machine',
      async run(page, take) {
        await page.goto(`${origin}/console/applications`)
        await page.locator('main .actions button.primary, header button.primary').first().click()
        const dialog = page.getByRole('dialog')
        await dialog.locator('input[name=name]').fill(machine)
        await dialog.locator('select[name=kind]').selectOption('machine')
        await dialog.locator('input[type=checkbox]').first().check()
        await take('machine-wizard')
        await dialog.locator('button[type=submit]').click()
        await dialog.locator('.secret').first().waitFor()
        await take('machine-made')
      },
    },
    {
      name: 'import-preview',
      async run(page, take) {
        await page.goto(`${origin}/console/import`)
        const file = { name: 'staff.csv', mimeType: 'text/csv', buffer: Buffer.from(otherSystem) }
        await page.locator('input[type=file]').setInputFiles(file)
        await page.locator('button.primary').first().click()
        await page.locator('main caption').waitFor()
        await take()
      },
    },
  ]
}

/** A service that mails a code as the second step. Moves the clock of the process until `stop`. */
export async function startWithMailedCodes(
  engine: Engine,
  mailUrl: string,
): Promise<{ journey: Journey; stop(): void }> {
  const graceSeconds = 7 * 24 * 3600 + 60
  const service = await engine.start({
    ...{ ROSTER_MAIL_URL: mailUrl, ROSTER_APP_NAME: 'Hohenstein' },
    ...{ ROSTER_SECOND_FACTOR: 'everybody', ROSTER_SECOND_FACTOR_BY_MAIL: 'true' },
  })
  await service.admin()
  const user = await service.createUser({ email_verified: true })
  await service.call('GET', '/auth/session', { as: user.token })
  shiftClock(graceSeconds)
  const journey: Journey = {
    name: 'mailed-code',
    async run(page, take) {
      await page.goto(`${service.url}/sign-in`)
      await page.locator('[name=username]').fill(user.username)
      await page.locator('[name=password]').fill(password)
      await page.keyboard.press('Enter')
      await page.locator('[name=code]').waitFor()
      await take()
      await page.locator('[name=code]').fill('000000')
      await page.keyboard.press('Enter')
      await page.locator('.notice.bad').waitFor()
      await take('mailed-code-wrong')
    },
  }
  return { journey, stop: () => shiftClock(-graceSeconds) }
}
