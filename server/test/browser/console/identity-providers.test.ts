/** A second Roster is the other provider; a browser goes from one to the other and back. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { shiftClock } from '../../../src/clock.ts'
import { createEngine, password, type Service } from '../../harness.ts'
import { startAtKnownOrigin } from '../../known-origin.ts'
import { dropCookies, startVisits, takePicture, type Visits, violations } from './console.ts'

describe('signing in with another provider in a browser', () => {
  const { engine, cleanUp } = createEngine('sqlite')
  let visits: Visits
  let page: Page
  let here: { service: Service; origin: string }
  /** On another host name, because cookies do not know ports. */
  let there: { service: Service; origin: string }
  before(async () => {
    visits = await startVisits()
    here = await startAtKnownOrigin(engine)
    there = await startAtKnownOrigin(engine, '127.0.0.1')
    await here.service.admin()
    page = await (await visits.browser.newContext({ locale: 'en-US' })).newPage()
    page.setDefaultTimeout(20_000)
  })
  after(async () => {
    await visits.close()
    await cleanUp()
  })

  const signIn = async (username: string) => {
    await page.getByLabel('Username or e-mail address').fill(username)
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.keyboard.press('Enter')
  }
  const enterThere = async (username: string) => {
    await page.goto(`${here.origin}/sign-in`)
    await page.getByRole('link', { name: 'Continue with Corp' }).click()
    await page.waitForURL(`${there.origin}/sign-in**`)
    await signIn(username)
  }
  const openSecurity = async () => {
    await page.goto(`${here.origin}/account/security`)
    await page.getByRole('heading', { name: 'Accounts at other providers' }).waitFor()
  }

  it('an administrator registers a provider in the console, sees the callback address, and tests the provider', async () => {
    await page.goto(`${here.origin}/sign-in?return_to=/console/identity-providers`)
    await signIn('admin')
    await page.getByText('No identity providers').waitFor()
    const application = await there.service.call('POST', '/applications', {
      as: (await there.service.admin()).token,
      body: { name: 'Here', kind: 'web', redirect_uris: [`${here.origin}/auth/providers/corp/callback`] },
    })
    const { client_id, client_secret } = application.body
    await page.getByRole('button', { name: 'New provider' }).click()
    await page.getByLabel('Provider', { exact: true }).selectOption('oidc')
    await page.getByLabel('Short name').fill('corp')
    const callback = `${here.origin}/auth/providers/corp/callback`
    assert.equal(await page.locator('.secret code').textContent(), callback)
    await page.getByLabel('Name on the button').fill('Corp')
    await page.getByLabel('Client id').fill(client_id)
    await page.getByLabel('Client secret').fill(client_secret)
    await page.getByLabel('Who gets an account at the first sign-in').selectOption('open')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Fill in this field').waitFor()
    await page.getByLabel('Issuer').fill(there.origin)
    await page.getByRole('button', { name: 'Add a rule' }).click()
    await page.getByLabel('Claim').fill('roles')
    await page.getByLabel('Value').fill('user')
    await page.getByLabel('Role', { exact: true }).selectOption('user')
    assert.deepEqual(await violations(page), [])
    await takePicture(page, 'identity-providers-new')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'Corp is registered' }).waitFor()
    const shown = await page.locator('.secret code').textContent()
    assert.equal(shown, callback)
    await page.getByRole('button', { name: 'Done' }).click()
    const as = (await here.service.admin()).token
    const { body: corp } = await here.service.call('GET', '/identity-providers/corp', { as })
    assert.deepEqual(corp.role_rules, [{ claim: 'roles', value: 'user', role: 'user' }])
    await page.getByRole('button', { name: 'Test' }).click()
    await page.getByText('The provider answers.').waitFor()
    assert.deepEqual(await violations(page), [])
    await takePicture(page, 'identity-providers')
    const ways = async () => {
      await page.goto(`${here.origin}/sign-up`)
      await page.waitForLoadState('networkidle')
      return page.getByRole('link', { name: 'Continue with Corp' }).count()
    }
    assert.equal(await ways(), 1)
    const signUp = (rule: string) =>
      here.service.call('PATCH', '/identity-providers/corp', { as, body: { sign_up: rule } })
    assert.equal((await signUp('off')).status, 200)
    assert.equal(await ways(), 0)
    assert.equal((await signUp('open')).status, 200)
    await dropCookies(page)
  })

  it('a new user of a provider gets an account, and cannot unlink the only way to sign in', async () => {
    await there.service.createUser({ username: 'ann' })
    await page.goto(`${here.origin}/sign-in`)
    await page.getByRole('link', { name: 'Continue with Corp' }).waitFor()
    assert.deepEqual(await violations(page), [])
    await takePicture(page, 'sign-in-providers')
    await enterThere('ann')
    await page.waitForURL(`${here.origin}/account/**`)
    await openSecurity()
    await page.getByText('ann@example.com').first().waitFor()
    assert.deepEqual(await violations(page), [])
    await takePicture(page, 'linked-accounts')
    await page.getByRole('button', { name: 'Unlink' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Unlink' }).click()
    await page.getByText('This is the last way to sign in').waitFor()
    await page.reload()
    shiftClock(400)
    try {
      await page.getByRole('button', { name: 'Unlink' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Unlink' }).click()
      // There is no password that could be asked for.
      await page.getByRole('link', { name: 'Sign in once more' }).click()
      await page.getByRole('link', { name: 'Continue with Corp' }).click()
      await page.waitForURL(`${here.origin}/account/security`)
    } finally {
      shiftClock(-400)
    }
    await dropCookies(page)
  })

  it('a user who enters the password of an account links the account of a provider to it', async () => {
    const as = (await here.service.admin()).token
    await here.service.call('PATCH', '/identity-providers/corp', { as, body: { sign_up: 'off' } })
    await here.service.createUser({ username: 'bea' })
    await there.service.createUser({ username: 'bea-there' })
    await enterThere('bea-there')
    await page.getByText('Your account bea-there@example.com at Corp is not linked').waitFor()
    assert.equal(new URL(page.url()).hash, '', 'the token is not left in the address')
    assert.deepEqual(await violations(page), [])
    await takePicture(page, 'sign-in-waiting')
    await signIn('bea')
    await page.waitForURL(`${here.origin}/account/**`)
    await openSecurity()
    await page.getByRole('button', { name: 'Unlink' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Unlink' }).click()
    await page.getByText('The account is unlinked.').waitFor()
    // The browser is still signed in there, so that it comes back at once.
    await page.getByRole('button', { name: 'Link', exact: true }).click()
    await page.getByText('The account is linked.').waitFor()
    await page.getByRole('button', { name: 'Unlink' }).waitFor()
  })
})
