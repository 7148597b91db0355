import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { after, before, it } from 'node:test'
import type { CDPSession, Page } from 'playwright-core'
import { shiftClock } from '../../../src/clock.ts'
import { onBothEngines, password, type Service } from '../../harness.ts'
import { startVisits, takePicture, type Visitor, type Visits, violations } from './console.ts'

/** Chromium offers passkeys on https and on localhost, and they belong to the host of the public URL. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function addAuthenticator(page: Page): Promise<CDPSession> {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('WebAuthn.enable', { enableUI: false })
  await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  return cdp
}

onBothEngines('passkeys in a browser', (engine) => {
  let visits: Visits
  let service: Service
  let visitor: Visitor
  before(async () => {
    visits = await startVisits()
    const port = await freePort()
    const publicUrl = `http://localhost:${port}`
    service = await engine.start({ ROSTER_PORT: String(port), ROSTER_PUBLIC_URL: publicUrl })
    await service.createUser({ username: 'keen' })
    visitor = await visits.visit({ ...service, url: publicUrl })
  })
  after(() => visits.close())

  it('a user adds a passkey, signs in with it in three ways, and removes it', async () => {
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

    const signOut = () => page.context().clearCookies()
    const isIn = () => page.waitForURL(/\/account\//)
    const start = () => page.goto(`http://localhost:${new URL(service.url).port}/sign-in`)
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
})
