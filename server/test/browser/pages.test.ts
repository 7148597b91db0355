import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser, Locator, Page } from 'playwright-core'
import { createEngine, password, type Service } from '../harness.ts'
import { type Smtp, startSmtp } from '../mail/smtp.ts'
import { launchChromium } from './chromium.ts'
import { violations } from './console/console.ts'
import { contrasts } from './contrasts.ts'

const madeUp = 'q5-Ah0nGk1ytsHLh2ZVDvVrLkN3oYpJ0Ck8bQeUiXwM'
const better = 'ada-of-the-lake'

describe('pages behind the links of mails', () => {
  const { engine, cleanUp } = createEngine('sqlite')
  let service: Service
  let smtp: Smtp
  let browser: Browser
  before(async () => {
    smtp = await startSmtp()
    service = await engine.start({ ROSTER_MAIL_URL: smtp.url })
    browser = await launchChromium()
  })
  after(async () => {
    await browser.close()
    await cleanUp()
    await smtp.stop()
  })

  type Sent = { method: string; url: URL; headers: Record<string, string>; body: string }
  /** The page, everything that it has sent, and what it complained about. */
  const open = async (path: string, options: Parameters<Browser['newContext']>[0] = {}) => {
    const context = await browser.newContext(options)
    const page = await context.newPage()
    const sent: Sent[] = []
    const complaints: string[] = []
    page.on('request', (request) =>
      sent.push({
        method: request.method(),
        url: new URL(request.url()),
        headers: request.headers(),
        body: request.postData() ?? '',
      }),
    )
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(String(error)))
    const answer = await page.goto(`${service.url}${path}`)
    const posts = () =>
      sent.filter(({ method }) => method !== 'GET').map(({ method, url }) => `${method} ${url.pathname}`)
    return { page, sent, posts, complaints, headers: answer?.headers() ?? {}, close: () => context.close() }
  }
  const post = (path: string, body: object, as?: string) =>
    service.call('POST', path, { body, ...(as ? { as } : {}) })
  const signIn = (username: string, secret: string) => post('/auth/login', { username, password: secret })
  const person = async (fields: { email_verified: boolean }) => {
    const user = await service.createUser(fields)
    if (!fields.email_verified) await smtp.next(user.email, 0)
    return user
  }
  /** What stands in the tables that links are about. */
  const stored = async () => {
    const { read } = service.roster.database
    const tables = ['users', 'passwords', 'sessions', 'one_time_tokens', 'audit_events'] as const
    return Promise.all(tables.map((table) => read.selectFrom(table).selectAll().execute()))
  }

  /** For each page: a link as a mail brings it, and what must be true once the button was pressed. */
  const pages: Record<string, { action: string; make(): Promise<{ token: string; done(): Promise<void> }> }> =
    {
      '/account/verify': {
        action: '/auth/verify-email',
        async make() {
          const user = await person({ email_verified: false })
          const done = async () => {
            const { token: as } = await service.admin()
            const { body } = await service.call('GET', `/users/${user.id}`, { as })
            assert.equal(body.email_verified, true)
            assert.equal((await signIn(user.username, better)).status, 200)
          }
          return { token: smtp.to(user.email)[0]!.token, done }
        },
      },
      '/account/reset': {
        action: '/auth/reset-password',
        async make() {
          const user = await person({ email_verified: true })
          await post('/auth/forgot-password', { email: user.email })
          const { token } = await smtp.next(user.email, 0)
          const done = async () => {
            assert.equal((await signIn(user.username, better)).status, 200)
            assert.equal((await signIn(user.username, password)).status, 401)
          }
          return { token, done }
        },
      },
      '/account/invitation': {
        action: '/auth/reset-password',
        async make() {
          const admin = await service.admin()
          const body = {
            username: `guest-${smtp.received.length}`,
            email: `g${smtp.received.length}@example.com`,
          }
          assert.equal((await post('/users', body, admin.token)).status, 201)
          const { token } = await smtp.next(body.email, 0)
          return { token, done: async () => assert.equal((await signIn(body.email, better)).status, 200) }
        },
      },
      '/account/confirm-email': {
        action: '/auth/confirm-email',
        async make() {
          const user = await person({ email_verified: true })
          const email = `new-${user.email}`
          const change = { email, current_password: password }
          await service.call('PATCH', `/users/${user.id}`, { body: change, as: user.token })
          const { token } = await smtp.next(email, 0)
          return { token, done: async () => assert.equal((await signIn(email, password)).status, 200) }
        },
      },
      '/account/forgot': {
        action: '/auth/forgot-password',
        async make() {
          const user = await service.createUser({
            username: 'ada',
            email: 'ada@example.com',
            email_verified: true,
          })
          const done = async () => {
            assert.match((await smtp.next(user.email, 0)).link, /\/account\/reset#token=/)
          }
          return { token: '', done }
        },
      },
      '/account/verify-again': {
        action: '/auth/verify-email/resend',
        async make() {
          const { id } = (
            await service.call('GET', '/users?email=ada@example.com', { as: (await service.admin()).token })
          ).body[0]
          const change = { email_verified: false }
          await service.call('PATCH', `/users/${id}`, { body: change, as: (await service.admin()).token })
          const known = smtp.to('ada@example.com').length
          const done = async () => {
            assert.match((await smtp.next('ada@example.com', known)).link, /\/account\/verify#token=/)
          }
          return { token: '', done }
        },
      },
    }
  const valueFor = async (field: Locator): Promise<string> => {
    if ((await field.getAttribute('type')) === 'email') return 'ada@example.com'
    return (await field.getAttribute('autocomplete')) === 'current-password' ? password : better
  }
  const fill = async (page: Page) => {
    // Where a new password may take the place of the present one, the new one is given.
    const isEither = (await page.locator('input[name=new_password]').count()) > 0
    for (const field of await page.locator(isEither ? 'input[name=new_password]' : 'input').all())
      await field.fill(await valueFor(field))
  }

  for (const [path, { action, make }] of Object.entries(pages)) {
    it(`opening the page ${path} changes nothing, and its button works once`, async () => {
      const { token, done } = await make()
      const before = await stored()
      const { page, sent, posts, complaints, close } = await open(token ? `${path}#token=${token}` : path)
      // The page asks whether the link works, or how the account was created, which changes nothing.
      const check = path === '/account/verify' ? 'POST /auth/verify-email/sign-up' : 'POST /auth/link'
      const asked = token ? [check] : []
      if (check.endsWith('sign-up')) await page.locator('#sign-up:not([hidden])').waitFor()
      else await page.waitForLoadState('networkidle')
      assert.deepEqual([posts(), complaints, await stored()], [asked, [], before])
      assert.deepEqual([new URL(page.url()).pathname, new URL(page.url()).hash], [path, ''])
      await fill(page)
      const title = (await page.locator('h1').textContent())?.replace('\u2011', '-')
      await page.locator('#send').click()
      await page.getByRole('status').waitFor()
      assert.match((await page.getByRole('status').textContent()) ?? '', /\w/)
      const heading = ((await page.locator('h1').textContent()) ?? '').replace('\u2011', '-')
      assert.notEqual(heading, title)
      assert.ok((await page.title()).startsWith(`${heading} – `))
      assert.equal(await page.locator('form').isVisible(), false)
      // The choice of the language has gone: the link is used up.
      const links = await page.getByRole('link').allTextContents()
      assert.deepEqual(links, token ? ['Sign in'] : [])
      assert.deepEqual(posts(), [...asked, `POST ${action}`])
      const { body } = sent.findLast(({ method }) => method === 'POST')!
      assert.equal(JSON.parse(body).token ?? '', token)
      await done()
      // Nobody but this service hears of it, and it hears of the token only in that one body.
      for (const { url, headers, body: text } of sent) {
        assert.equal(url.origin, service.url)
        assert.equal(headers['referer'] ?? '', '')
        assert.equal(headers['cookie'], undefined)
        if (token) assert.equal(`${url.href}${JSON.stringify(headers)}`.includes(token), false)
        if (token && text !== body && !asked.includes(`POST ${url.pathname}`))
          assert.equal(text.includes(token), false)
      }
      if (token) {
        const second = await open(`${path}#token=${token}`)
        await second.page.getByRole('alert').filter({ hasText: 'used already' }).waitFor()
        assert.equal(await second.page.locator('form').isVisible(), false)
        await second.close()
      }
      await close()
    })
  }

  for (const [path, { make }] of Object.entries(pages)) {
    const needsToken = !/forgot|again/.test(path)
    const opened = needsToken ? `${path}#token=${madeUp}` : path
    const openForm = async (options: Parameters<Browser['newContext']>[0] = {}) =>
      open(needsToken ? `${path}#token=${(await make()).token}` : path, options)

    it(`the page ${path} shows the error of a bad link, and where to get a new link`, async () => {
      const { page, posts, complaints, close } = await open(opened)
      if (needsToken) {
        await page.getByRole('alert').filter({ hasText: 'used already' }).waitFor()
        assert.equal(await page.locator('form').isVisible(), false)
        assert.equal(posts().length, 1)
      } else {
        await page.locator('input').fill('nobody')
        await page.locator('#send').click()
        await page.locator('#email-problem', { hasText: 'Give an e-mail address' }).waitFor()
        assert.deepEqual([posts(), complaints], [[], []])
      }
      const link = page.getByRole('link', { name: 'Ask for a new link' })
      const again = (await link.count()) > 0 ? await link.getAttribute('href') : null
      const forgot = '/account/forgot?lang=en'
      const wanted: Record<string, string> = {
        '/account/verify': '/account/verify-again?lang=en',
        '/account/reset': forgot,
        '/account/invitation': forgot,
      }
      assert.equal(again, wanted[path] ?? null)
      await close()
    })

    it(`the page ${path} loads nothing from other sites, cannot be framed, and sends no referrer`, async () => {
      const { page, headers, close } = await open(opened)
      const policy = headers['content-security-policy'] ?? ''
      for (const rule of [
        "default-src 'none'",
        "script-src 'self'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
      ])
        assert.ok(policy.split('; ').includes(rule), rule)
      assert.doesNotMatch(policy, /unsafe|\*|https?:/)
      assert.equal(headers['referrer-policy'], 'no-referrer')
      assert.equal(headers['cache-control'], 'no-store')
      assert.equal(headers['x-content-type-options'], 'nosniff')
      // Neither the address bar nor the way back leads to the token.
      const seen = await page.evaluate(() => [
        location.href,
        document.referrer,
        history.length,
        document.cookie,
      ])
      assert.deepEqual(seen, [`${service.url}${path}`, '', 2, ''])
      await close()
    })

    it(`the page ${path} without JavaScript says that it needs JavaScript, and sends nothing`, async () => {
      const { page, posts, sent, close } = await open(opened, { javaScriptEnabled: false })
      assert.match((await page.locator('main').textContent()) ?? '', /This page needs JavaScript/)
      await fill(page)
      await page.locator('#send').click({ noWaitAfter: true })
      await page.waitForTimeout(200)
      assert.deepEqual(posts(), [])
      assert.deepEqual(
        sent.map(({ url }) => url.search),
        sent.map(() => ''),
      )
      await close()
    })

    it(`the page ${path} has labels, works by keyboard, fits 320 px and is legible in both themes`, async () => {
      const { page, close } = await openForm({ viewport: { width: 320, height: 640 } })
      assert.equal(await page.locator('html').getAttribute('lang'), 'en')
      assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1)
      const fields = await page.locator('input').all()
      for (const field of fields) {
        await page.keyboard.press('Tab')
        // After a password comes the button that shows it.
        if (await page.evaluate(() => document.activeElement?.className === 'reveal'))
          await page.keyboard.press('Tab')
        const { focused, label, outline, autocomplete } = await field.evaluate((input: HTMLInputElement) => ({
          focused: document.activeElement === input,
          label: input.labels?.[0]?.textContent ?? '',
          outline: getComputedStyle(input).outlineStyle,
          autocomplete: input.autocomplete,
        }))
        assert.deepEqual([focused, outline], [true, 'solid'])
        assert.match(label, /\w/)
        assert.match(autocomplete, /^(username|email|current-password|new-password)$/)
        await page.keyboard.type('ab')
      }
      if (fields.length === 0) await page.keyboard.press('Tab')
      const width = await page.evaluate(() => document.documentElement.scrollWidth)
      assert.ok(width <= 320, `${width} px`)
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        for (const [selector, contrast] of Object.entries(await page.evaluate(contrasts)))
          assert.ok(contrast >= 4.5, `${selector} ${colorScheme}: ${contrast.toFixed(2)}`)
      }
      await page.keyboard.press('Enter')
      await page.locator('.problem:not(:empty), #problem:not(:empty)').first().waitFor()
      if (fields.length > 0 && (await page.locator('input[aria-invalid]').count()) > 0) {
        const described = await page.evaluate(() => {
          const [id = ''] = document.activeElement?.getAttribute('aria-describedby')?.split(' ') ?? []
          return document.getElementById(id)?.textContent ?? ''
        })
        assert.match(described, /\w/)
      }
      await close()
    })
  }

  it('the page of a verification link shows how the account was created, and removes it for a reader who did not create it', async () => {
    const email = 'victim@example.com'
    const answer = await service.call('POST', '/users', {
      body: { username: 'vera', email, password },
      headers: { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' },
    })
    const { token } = await smtp.next(email, 0)
    const { page, close } = await open(`/account/verify#token=${token}`)
    await page.locator('#sign-up', { hasText: /“vera” was created on .* with Firefox on Linux/ }).waitFor()
    await page.getByRole('button', { name: 'This was not me' }).click()
    await page.getByRole('status').filter({ hasText: 'removed' }).waitFor()
    assert.equal(await page.locator('#next').isVisible(), false)
    const { token: as } = await service.admin()
    assert.equal((await service.call('GET', `/users/${answer.body.id}`, { as })).status, 404)
    await close()
  })

  it('a page of a link without a token says so, and accepts a token that is added later', async () => {
    const { page, close } = await open('/account/reset')
    await page.locator('#dead', { hasText: 'not complete' }).waitFor()
    assert.equal(await page.locator('form').isVisible(), false)
    await page.goto(`${service.url}/account/reset#token=${madeUp}`)
    await page.locator('#dead', { hasText: 'used already' }).waitFor()
    const { token } = await pages['/account/reset']!.make()
    await page.goto(`${service.url}/account/reset#token=${token}`)
    await page.getByLabel('New password').waitFor()
    assert.equal(await page.locator('#dead').textContent(), '')
    await close()
  })

  it('pages behind mailed links, and their errors, are in the language of the browser', async () => {
    for (const path of Object.keys(pages)) {
      const { page, complaints, close } = await open(path, { locale: 'de-DE' })
      assert.equal(await page.getAttribute('html', 'lang'), 'de')
      assert.doesNotMatch((await page.textContent('main')) ?? '', /\b(the|your|password|link that)\b/i, path)
      assert.deepEqual(complaints, [])
      await close()
    }
    const { page, close } = await open('/account/reset', { locale: 'de-AT' })
    await page.goto(`${service.url}/account/reset#token=${madeUp}`)
    await page.getByText('Dieser Link ist abgelaufen oder wurde schon benutzt.').waitFor()
    await close()
    const user = await person({ email_verified: false })
    const { page: verify, close: closeVerify } = await open(
      `/account/verify#token=${smtp.to(user.email)[0]!.token}`,
      { locale: 'de-DE' },
    )
    await verify.getByText(`Das Konto „${user.username}“ wurde am`).waitFor()
    await verify.fill('input[name=password]', 'not the one')
    await verify.getByRole('button', { name: 'Bestätigen' }).click()
    await verify.getByText('Das Passwort ist falsch.').waitFor()
    await closeVerify()
  })

  for (const path of ['/account/reset', '/account/invitation', '/account/verify']) {
    it(`the page ${path} shows the password on request, states its rule, and offers a choice of the language`, async () => {
      const { token } = await pages[path]!.make()
      const { page, complaints, close } = await open(`${path}#token=${token}`, { locale: 'en-US' })
      const field = page.locator('input[autocomplete=new-password]')
      await field.fill(better)
      const reveal = field.locator('xpath=following-sibling::button')
      assert.equal(await reveal.getAttribute('aria-label'), 'Show password')
      await reveal.focus()
      await page.keyboard.press('Enter')
      assert.equal(await field.getAttribute('type'), 'text')
      assert.equal(await page.getByRole('button', { name: 'Hide password', pressed: true }).count(), 1)
      await reveal.click()
      assert.equal(await field.getAttribute('type'), 'password')
      assert.equal(await field.inputValue(), better)
      assert.match((await page.locator('main').textContent()) ?? '', /At least 8 characters/)
      assert.deepEqual(await violations(page), [])

      const asked = page.waitForResponse((answer) => answer.request().method() === 'POST')
      await page.getByRole('link', { name: 'Deutsch' }).click()
      await page.getByText('Mindestens 8 Zeichen. Ein Satz ist gut.').waitFor()
      assert.equal((await asked).status(), 200, 'the token of the link still works')
      assert.equal(await page.evaluate(() => location.href), `${service.url}${path}?lang=de`)
      assert.equal(await page.locator('[aria-current=true]').textContent(), 'Deutsch')
      await page.locator('input[autocomplete=new-password]').fill(better)
      await page.locator('#send').click()
      await page.getByRole('status').waitFor()
      assert.equal(await page.getByRole('navigation').isVisible(), false)
      await page.getByRole('link', { name: 'Anmelden' }).click()
      await page.getByRole('heading', { name: 'Anmelden' }).waitFor()
      assert.deepEqual(complaints, [])
      await close()
    })
  }

  it('pages behind mailed links offer a choice of the language without JavaScript, and no button without effect', async () => {
    const { page, close } = await open('/account/reset', { locale: 'en-US', javaScriptEnabled: false })
    assert.equal(await page.locator('.reveal').isVisible(), false)
    await page.getByRole('link', { name: 'Deutsch' }).click()
    await page.getByRole('heading', { name: 'Neues Passwort setzen' }).waitFor()
    await close()
  })

  it('pages behind mailed links are in the language in the link, which is that of the user', async () => {
    const user = await service.createUser({ email_verified: true })
    const chosen = { body: { locale: 'de-CH' }, as: user.token }
    assert.equal((await service.call('PATCH', `/users/${user.id}`, chosen)).status, 200)
    await post('/auth/forgot-password', { email: user.email })
    const { link } = await smtp.next(user.email, 0)
    assert.match(link, /reset.lang=de#token=/)
    const { page, close } = await open(link.slice(new URL(link).origin.length))
    await page.getByRole('heading', { name: 'Neues Passwort setzen' }).waitFor()
    // Another link opened in this tab, or a page loaded again, stays in the language.
    assert.equal(new URL(page.url()).search, '?lang=de')
    await page.getByRole('link', { name: 'Neuen Link anfordern' }).click()
    await page.getByRole('heading', { name: 'Passwort vergessen?' }).waitFor()
    await page.getByLabel('E-Mail-Adresse').fill(user.email)
    await page.getByRole('button', { name: 'Link senden' }).click()
    await page.getByRole('heading', { name: 'Sehen Sie in Ihre E-Mails' }).waitFor()
    // Without the link nothing tells the language of the account.
    await page.goto(`${service.url}/account/forgot`)
    await page.getByLabel('E-mail address').fill(user.email)
    await page.getByRole('button', { name: 'Send the link' }).click()
    await page.getByRole('heading', { name: 'Look into your mail' }).waitFor()
    await page.goto(`${service.url}/account/forgot?lang=xx`)
    await page.getByRole('heading', { name: 'Forgot your password?' }).waitFor()
    await close()
  })
})
