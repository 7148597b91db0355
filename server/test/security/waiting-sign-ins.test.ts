/** Sign-ins that wait for their second step or for the link of a mail end with the sessions of the user. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { Secret, TOTP } from 'otpauth'
import { nowMs } from '../../src/clock.ts'
import { until } from '../harness/wait.ts'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { type Smtp, startSmtp } from '../mail/smtp.ts'

type Step = [method: string, path: string, as: string, body?: object]

onBothEngines('a sign-in that is not complete', (engine) => {
  let service: Service
  let admin: TestUser
  let smtp: Smtp
  before(async () => {
    smtp = await startSmtp()
    service = await engine.start({ ROSTER_MAIL_URL: smtp.url, ROSTER_EMAIL_LINK: 'true' })
    admin = await service.admin()
  })
  after(() => smtp.stop())
  const call = (method: string, path: string, as?: string, body?: object) =>
    service.call(method, path, { ...(as && { as }), ...(body && { body }) })
  const changed = { current_password: password, password: 'another good battery' }
  const ends: Record<string, (user: TestUser) => Step[]> = {
    'a new password': ({ token }) => [['PUT', '/users/me/password', token, changed]],
    'all sessions': ({ id }) => [['DELETE', `/users/${id}/sessions`, admin.token]],
    'a deletion that is undone': ({ id }) => [
      ['DELETE', `/users/${id}`, admin.token],
      ['POST', `/users/${id}/restore`, admin.token],
    ],
    'a disabled account that is enabled again': ({ id }) => [
      ['PATCH', `/users/${id}`, admin.token, { status: 'disabled' }],
      ['PATCH', `/users/${id}`, admin.token, { status: 'active' }],
    ],
  }
  const does = async (steps: Step[]) => {
    for (const step of steps) {
      const { status, text } = await call(...step)
      assert.ok(status < 300, `${step[0]} ${step[1]}: ${text}`)
    }
  }
  const isOver = async (path: string, body: object, name: string) => {
    const answer = await call('POST', path, undefined, body)
    assert.deepEqual([answer.status, answer.body.code], [400, 'invalid_grant'], name)
  }

  for (const [name, stepsOf] of Object.entries(ends))
    it(`ends with ${name}`, async () => {
      const user = await service.createUser({ email_verified: true })
      const asked = await call('POST', '/auth/email-link', undefined, { email: user.email })
      const isSignIn = ({ subject }: { subject: string }) => subject.startsWith('Sign in to')
      const mail = await until(() => smtp.to(user.email).find(isSignIn), 'a mail to sign in')
      await does(stepsOf(user))
      const email_code = /\b\d{6}\b/.exec(mail.text)![0]
      await isOver('/auth/login', { challenge: asked.body.challenge, email_code }, 'by mail')

      const careful = await service.createUser({ email_verified: true })
      const begun = await call('POST', '/users/me/totp', careful.token)
      const code = new TOTP({ secret: Secret.fromBase32(begun.body.secret) }).generate({ timestamp: nowMs() })
      const { body } = await call('PUT', '/users/me/totp', careful.token, { code })
      const first = { username: careful.username, password }
      const { challenge } = (await call('POST', '/auth/login', undefined, first)).body
      await does(stepsOf(careful))
      const [recovery_code] = body.recovery_codes
      await isOver('/auth/login/continue', { challenge, recovery_code }, 'by a second factor')
    })
})
