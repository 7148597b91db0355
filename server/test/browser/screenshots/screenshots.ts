/**
 * `npm run screenshots [PART …]`: pictures of every screen of a service with 300 users, for people to look at, in
 * `test-results/screens/`. Only the pictures whose name has one of the parts, when there are any. Not a test.
 */
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { createEngine, password } from '../../harness.ts'
import { startAtKnownOrigin } from '../../known-origin.ts'
import { startSmtp } from '../../mail/smtp.ts'
import { settle, startVisits } from '../console/console.ts'
import { afterSignIn, beforeSignIn, type Journey, startWithMailedCodes } from './journeys.ts'
import { dialogs, fill, frameDialogs, screens } from './organisation.ts'

const folder = fileURLToPath(new URL('../../../../test-results/screens/', import.meta.url))
const wide = { viewport: { width: 1280, height: 800 } }
const variants = {
  light: { ...wide, colorScheme: 'light' },
  dark: { ...wide, colorScheme: 'dark' },
  narrow: { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true },
  german: { ...wide, locale: 'de-DE' },
} as const
const parts = process.argv.slice(2)
let failures = 0
const isWanted = (name: string) => parts.length === 0 || parts.some((part) => name.includes(part))

mkdirSync(folder, { recursive: true })
const smtp = await startSmtp()
const { engine, cleanUp } = createEngine('sqlite')
const { service, origin } = await startAtKnownOrigin(engine, 'localhost', {
  ROSTER_MAIL_URL: smtp.url,
  ROSTER_APP_NAME: 'Hohenstein',
})
const organisation = await fill(service, `${origin}/account/profile`)
const visits = await startVisits()
// Until the mails with links are sent.
await Promise.all(['frieda', 'gustav'].map((name) => smtp.next(`${name}@example.com`, 0)))
for (const [variant, options] of Object.entries(variants)) {
  const context = await visits.browser.newContext({
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    ...options,
  })
  context.setDefaultTimeout(15_000)
  const page = await context.newPage()
  for (const before of [true, false]) {
    if (!before) await signIn(page)
    if (before)
      for (const journey of beforeSignIn(organisation, origin, smtp.received))
        await walk(page, journey, variant)
    for (const [name, path] of Object.entries(screens(organisation, before))) {
      if (!isWanted(`${name}-${variant}`)) continue
      await page.goto(`${origin}${path}`)
      await settle(page).catch(() => console.error(`${name} is not quiet`))
      await page.waitForTimeout(name === 'docs' ? 2500 : 250)
      await take(page, `${name}-${variant}`)
    }
  }
  const ofFrame = frameDialogs[variant === 'narrow' ? 'narrow' : 'wide']
  for (const [name, path, ...buttons] of [...dialogs(organisation), ...ofFrame]) {
    if (variant === 'german' || !isWanted(`${name}-${variant}`)) continue
    await page.goto(`${origin}${path}`)
    await settle(page)
    try {
      for (const button of buttons) await page.locator(button).first().click({ timeout: 3000 })
      await page.waitForTimeout(300)
      await page.screenshot({ path: `${folder}${name}-${variant}.png` })
    } catch (error) {
      report(name, error)
    }
  }
  for (const journey of afterSignIn(origin)) await walk(page, journey, variant)
  if (variant !== 'german')
    for (const [index, { subject, html }] of mails().entries()) {
      if (!isWanted(`mail-${variant}`)) continue
      await page.goto('about:blank')
      await page.setContent(html)
      console.log(`mail-${index}: ${subject}`)
      await take(page, `mail-${index}-${variant}`)
    }
  await context.close()
}
if (isWanted('mailed-code')) {
  const { journey, stop } = await startWithMailedCodes(engine, smtp.url)
  for (const [variant, options] of Object.entries(variants)) {
    const context = await visits.browser.newContext({ locale: 'en-GB', ...options })
    await walk(await context.newPage(), journey, variant)
    await context.close()
  }
  stop()
}
await visits.close()
await smtp.stop()
await cleanUp()
console.log(`The pictures are in ${folder}`)
process.exit(failures === 0 ? 0 : 1)

/** Takes the pictures of a journey, each under its own name. */
async function walk(page: Page, { name, run }: Journey, variant: string): Promise<void> {
  if (!isWanted(`${name}-${variant}`)) return
  try {
    await run(page, async (step = name) => {
      await settle(page)
      await page.waitForTimeout(250)
      await take(page, `${step}-${variant}`)
    })
  } catch (error) {
    report(name, error)
  }
}

function report(name: string, error: unknown): void {
  failures += 1
  console.error(`${name}: ${error instanceof Error ? error.message.split('\n')[0] : error}`)
}

async function signIn(page: Page): Promise<void> {
  await page.goto(`${origin}/sign-in`)
  await page.locator('#username').fill('admin')
  await page.locator('#password').fill(password)
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/console\//)
}

/** The whole page, up to what a reader scrolls through. */
async function take(page: Page, name: string): Promise<void> {
  const { height, width } = await page.evaluate(() => ({
    height: document.documentElement.scrollHeight,
    width: document.documentElement.scrollWidth,
  }))
  const { width: window, height: least } = page.viewportSize()!
  if (width > window) console.error(`${name}: ${width} px wide`)
  await page.screenshot({
    path: `${folder}${name}.png`,
    fullPage: true,
    clip: { x: 0, y: 0, width: window, height: Math.max(least, Math.min(height, 2200)) },
  })
}

/** One mail of each kind. */
function mails() {
  return [...new Map(smtp.received.map((mail) => [mail.subject, mail])).values()]
}
