/** A browser on the web interface of a real service, for the tests of its screens. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { password, type Service, type TestUser } from '../../harness.ts'
import { launchChromium } from '../chromium.ts'

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
const pictures = fileURLToPath(new URL('../../../../test-results/console/', import.meta.url))

export type Visitor = {
  page: Page
  context: BrowserContext
  /** What the page complained about: errors of scripts, and what the policy refused. */
  complaints: string[]
  /** Opens an address of the interface and waits until nothing is loading. */
  open(path: string): Promise<void>
  /** Signs in with the form. */
  signIn(username: string, secret?: string): Promise<void>
  close(): Promise<void>
}

export type Visits = {
  browser: Browser
  visit(service: Service, options?: Parameters<Browser['newContext']>[0]): Promise<Visitor>
  close(): Promise<void>
}

/** Builds the pages when they are not up to date, and starts a browser. */
export async function startVisits(): Promise<Visits> {
  const build = fileURLToPath(new URL('../../../../console/tools/ensure-built.js', import.meta.url))
  const { status } = spawnSync(process.execPath, [build], { stdio: 'inherit' })
  assert.equal(status, 0, 'the pages cannot be built')
  const browser = await launchChromium()
  return {
    browser,
    async visit(service, options = {}) {
      const context = await browser.newContext({ locale: 'en-US', acceptDownloads: true, ...options })
      context.setDefaultTimeout(20_000)
      const page = await context.newPage()
      const complaints: string[] = []
      page.on('pageerror', (error) => complaints.push(String(error)))
      page.on('console', (message) => {
        const text = message.text()
        // Chromium reports answers of 400 and more by itself.
        if (message.type() === 'error' && !text.startsWith('Failed to load resource')) complaints.push(text)
      })
      const open = async (path: string) => {
        await page.goto(`${service.url}${path}`)
        await page.locator('h1, form').first().waitFor()
        await settle(page)
      }
      return {
        page,
        context,
        complaints,
        open,
        async signIn(username, secret = password) {
          // A bare address leads to the set-up while the service has no administrator.
          await page.goto(`${service.url}/sign-in?lang=en`)
          await page.getByLabel('Username or e-mail address').fill(username)
          await page.getByLabel('Password', { exact: true }).fill(secret)
          await page.getByRole('button', { name: 'Sign in', exact: true }).click()
          await page.waitForURL(/\/(console|account)\//)
          await page.locator('h1').waitFor()
        },
        close: () => context.close(),
      }
    },
    close: () => browser.close(),
  }
}

/**
 * Ends the session of the browser, or deletes the cookie of this name only. The page is left first: its next request would
 * get 401, and it would go to the sign-in page while the test goes elsewhere. The new page is of the same origin, because
 * another one ends the authenticator of a test.
 */
export async function dropCookies(page: Page, name?: string): Promise<void> {
  await page.goto(new URL('/health/live', page.url()).href)
  await page.context().clearCookies(name === undefined ? {} : { name })
}

/** Until no skeleton is shown and the network is quiet. */
export async function settle(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle')
  await page.locator('.skeletons, .spin').first().waitFor({ state: 'detached' })
}

/** Until the elements have exactly these texts, in this order. Rows of the former filter stay until the new ones have come. */
export async function untilTexts(page: Page, selector: string, texts: readonly string[]): Promise<void> {
  const wanted = JSON.stringify(texts)
  const has = ([chosen, expected]: readonly string[]) =>
    JSON.stringify([...document.querySelectorAll(chosen!)].map(({ textContent }) => textContent)) === expected
  await page
    .waitForFunction(has, [selector, wanted])
    .catch(async () => assert.deepEqual(await page.locator(selector).allTextContents(), texts))
}

/** What axe finds wrong with the page, as `rule: element`, without the rules that are allowed to be broken. `rules` are names of rules, or of their groups. */
export async function violations(
  page: Page,
  allowed: readonly string[] = [],
  rules: readonly string[] = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
): Promise<string[]> {
  // The policy of the page allows no foreign script; the debugger's evaluation is none.
  await page.evaluate(readFileSync(axePath, 'utf8'))
  return page.evaluate(
    async ([without, kinds]) => {
      // biome-ignore lint/suspicious/noExplicitAny: axe puts itself on the window
      const { violations: found } = await (globalThis as any).axe.run(document, {
        runOnly: kinds,
        rules: Object.fromEntries(without.map((rule) => [rule, { enabled: false }])),
      })
      return found.flatMap(
        ({ id, nodes }: { id: string; nodes: { html: string; failureSummary: string }[] }) =>
          nodes.map(
            ({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary.slice(0, 200)}`,
          ),
      )
    },
    [allowed, rules] as const,
  )
}

export async function takePicture(page: Page, name: string): Promise<void> {
  mkdirSync(pictures, { recursive: true })
  await page.screenshot({ path: `${pictures}${name}.png` })
}

/** Users as an organisation has them: some with names, one disabled, one unverified, one deleted. */
export async function settlePeople(
  service: Service,
): Promise<{ admin: TestUser; ids: Record<string, string> }> {
  const admin = await service.admin()
  const post = async (path: string, body: object) =>
    (await service.call('POST', path, { as: admin.token, body })).body
  const ids: Record<string, string> = {}
  const people = [
    ['anna.novak', 'Anna', 'Novák'],
    ['bruno', 'Bruno', 'Weiß'],
    ['chen', 'Chen', 'Li'],
    ['dana', 'Dana', "O'Neil"],
    ['emil', 'Emil', 'Novosel'],
    ['gone', 'Gone', 'Forever'],
  ]
  for (const [username, first_name, last_name] of people) {
    const email = `${username}@example.com`
    const email_verified = username !== 'chen'
    const user = await post('/users', { username, email, first_name, last_name, password, email_verified })
    ids[username!] = user.id
  }
  const as = admin.token
  await service.call('PATCH', `/users/${admin.id}`, { as, body: { email_verified: true } })
  await service.call('PATCH', `/users/${ids['emil']}`, { as, body: { status: 'disabled' } })
  await service.call('DELETE', `/users/${ids['gone']}`, { as })
  const support = { name: 'support', description: 'Helps people', permissions: ['users:read', 'audit:read'] }
  await post('/roles', support)
  await post('/api-keys', { name: 'nightly sync', permissions: ['users:read'] })
  return { admin, ids }
}
