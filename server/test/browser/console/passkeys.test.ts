import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { Secret, TOTP } from 'otpauth'
import type { Page } from 'playwright-core'
import { nowMs, shiftClock } from '../../../src/clock.ts'
import { onBothEngines, password, type Service } from '../../harness.ts'
import { startAtKnownOrigin } from '../../known-origin.ts'
import { dropCookies, startVisits, takePicture, type Visits, violations } from './console.ts'

/** @returns what takes the authenticator away again */
async function addAuthenticator(page: Page): Promise<() => Promise<unknown>> {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('WebAuthn.enable', { enableUI: false })
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  return () => cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId })
}

onBothEngines('passkeys in a browser', (engine) => {
  let visits: Visits
  let service: Service
  let origin: string
  before(async () => {
    visits = await startVisits()
    // Chromium offers passkeys on https and on localhost, and they belong to the host of the public URL.
    ;({ service, origin } = await startAtKnownOrigin(engine))
    await service.admin()
  })
  after(() => visits.close())

  it('a user adds a passkey, signs in with it in three ways, and removes it', async () => {
    await service.createUser({ username: 'keen' })
    const visitor = await visits.visit({ ...service, url: origin })
    const { page } = visitor
    await addAuthenticator(page)
    await visitor.signIn('keen')
    await visitor.open('/account/security')
    await page.getByRole('button', { name: 'Add a passkey' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('Work laptop')
    await dialog.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('heading', { name: 'Your recovery codes' }).waitFor()
    await page.getByRole('button', { name: 'I have kept them' }).click()
    await page.getByText('Work laptop').waitFor()
    assert.deepEqual(await violations(page), [])
    await takePicture(page, 'account-passkeys')

    const signOut = () => dropCookies(page)
    const isIn = () => page.waitForURL(/\/account\//)
    const start = () => page.goto(`${origin}/sign-in`)
    await signOut()
    await start()
    // The authenticator of the test answers the offer in the list of the field by itself: the way without a press.
    await isIn()

    await signOut()
    await page.addInitScript(() => {
      // biome-ignore lint/suspicious/noExplicitAny: runs in the browser
      ;(globalThis as any).PublicKeyCredential.isConditionalMediationAvailable = async () => false
    })
    await start()
    await page.getByRole('button', { name: 'Sign in with a passkey' }).waitFor()
    assert.deepEqual(await violations(page), [])
    await takePicture(page, 'sign-in-passkey')
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await isIn()

    await signOut()
    await start()
    await page.getByLabel('Username or e-mail address').fill('keen')
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByText('One of your recovery codes.').waitFor()
    await takePicture(page, 'sign-in-second-step-passkey')
    await page.getByRole('button', { name: 'Use a passkey' }).click()
    await isIn()

    shiftClock(360)
    await visitor.open('/account/security')
    await page.getByRole('button', { name: 'Rename' }).click()
    await page.getByRole('dialog').getByLabel('Name').fill('Old laptop')
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    await page.getByText('Old laptop').waitFor()
    await page.getByRole('button', { name: 'Remove', exact: true }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click()
    const proof = page.getByRole('dialog', { name: 'Confirm that it is you' })
    await proof.getByRole('button', { name: 'Use a passkey' }).waitFor()
    await takePicture(page, 'proof-by-passkey')
    await proof.getByRole('button', { name: 'Use a passkey' }).click()
    await page.getByText('Old laptop', { exact: true }).waitFor({ state: 'detached' })
    const login = await service.call('POST', '/auth/login', { body: { username: 'keen', password } })
    assert.equal(login.status, 200)
    shiftClock(-360)
    assert.deepEqual(visitor.complaints, [])
  })

  // The pages are the same on both engines.
  if (engine.name === 'sqlite')
    it('a user signs in with a passkey and with an app, and after losing both with a recovery code', async () => {
      await service.createUser({ username: 'traveller' })
      const visitor = await visits.visit({ ...service, url: origin })
      const { page } = visitor
      const button = (name: string) => page.getByRole('button', { name, exact: true })
      const looksRight = async (name: string) => {
        assert.deepEqual(await violations(page), [], name)
        await takePicture(page, `journey-${name}`)
      }
      const takeAway = await addAuthenticator(page)
      // The authenticator of the test would answer the offer in the list of the field by itself.
      await page.addInitScript(() => {
        // biome-ignore lint/suspicious/noExplicitAny: runs in the browser
        ;(globalThis as any).PublicKeyCredential.isConditionalMediationAvailable = async () => false
      })
      await visitor.signIn('traveller')
      await visitor.open('/account/security')
      await button('Add a passkey').click()
      await button('Continue').click()
      await page.getByRole('heading', { name: 'Your recovery codes' }).waitFor()
      const codes = ((await page.locator('.codes').textContent()) ?? '').trim().split('\n')
      await button('I have kept them').click()
      await button('Add an authenticator app').click()
      await button('Next').click()
      await page.getByRole('img', { name: 'QR code' }).waitFor()
      const secret = (await page.locator('.secret code').textContent()) ?? ''
      const app = new TOTP({ secret: Secret.fromBase32(secret) })
      await page.getByLabel('Code from the app').fill(app.generate({ timestamp: nowMs() }))
      await button('Confirm').click()
      await button('Remove the app').waitFor()
      await looksRight('both')
      shiftClock(30)

      const signOut = () => dropCookies(page)
      const isIn = () => page.waitForURL(/\/account\//)
      const typePassword = async () => {
        await signOut()
        await page.goto(`${origin}/sign-in`)
        await page.getByLabel('Username or e-mail address').fill('traveller')
        await page.getByLabel('Password', { exact: true }).fill(password)
        await button('Sign in').click()
      }
      const typeCode = async (code: string) => {
        await page.getByLabel('Code').fill(code)
        await button('Sign in').click()
      }
      await signOut()
      await page.goto(`${origin}/sign-in`)
      await button('Sign in with a passkey').click()
      await isIn()
      await typePassword()
      await page.getByText('Six digits from your authenticator app').waitFor()
      await looksRight('second-step')
      await typeCode(app.generate({ timestamp: nowMs() }))
      await isIn()

      await takeAway()
      await typePassword()
      await page.getByLabel('Code').fill('000000')
      await button('Sign in').click()
      await page.getByText('This code is not valid').waitFor()
      await looksRight('wrong-code')
      await typeCode(codes[3]!)
      await isIn()
      await visitor.open('/account/security')
      await page.getByText('9 recovery codes left.').waitFor()
      await button('Remove the app').click()
      await page.getByRole('dialog').getByRole('button', { name: 'Remove the app' }).click()
      await button('Remove').click()
      await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click()
      await page.getByText('9 recovery codes left.').waitFor({ state: 'detached' })
      await typePassword()
      await isIn()
      assert.deepEqual(visitor.complaints, [])
      shiftClock(-30)
    })
})
