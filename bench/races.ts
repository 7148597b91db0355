/**
 * Races for codes that work once, on SQLite and on PostgreSQL: 1,000 rounds of each kind, in which several requests send
 * the same code at the same time. Prints how often a code worked; fails when one worked twice.
 *
 *   npm run races            RACES=50 npm run races for a shorter run
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Secret, TOTP } from 'otpauth'
import { fromNow, now, nowMs, shiftClock } from '../server/src/clock.ts'
import type { Tx } from '../server/src/database/database.ts'
import { sha256 } from '../server/src/encoding/sha256.ts'
import { isAppError } from '../server/src/errors.ts'
import { type Answer, onBothEngines, type Service, type TestUser } from '../server/test/harness.ts'
import { createAuthenticator } from '../server/test/security/authenticator.ts'
import { sharedDatabase } from '../server/test/shared-database.ts'

const rounds = Number(process.env['RACES'] ?? 1000)
const racers = 4

/** Repeats what prepares a race when the database was too busy to do it. */
async function again<T>(work: () => Promise<T>, times = 10): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (times === 1 || !isAppError(error) || error.code !== 'dependency_unavailable') throw error
    await sleep(300)
    return again(work, times - 1)
  }
}

onBothEngines(`${rounds} races of each kind`, (engine) => {
  let replicas: Service[]
  let user: TestUser
  let totp: TOTP
  let shifted = 0
  before(async () => {
    const url = await sharedDatabase(engine)
    replicas = [await engine.start({ DATABASE_URL: url }), await engine.start({ DATABASE_URL: url })]
    user = await replicas[0]!.createUser()
    const begun = await call('POST', '/users/me/totp', {})
    totp = new TOTP({ secret: Secret.fromBase32(begun.body.secret) })
    await call('PUT', '/users/me/totp', { code: codeNow() })
  })
  after(() => shiftClock(-shifted))
  const call = (method: string, path: string, body: object, on = 0) =>
    replicas[on % 2]!.call(method, path, { as: user.token, body })
  const transaction = <T>(work: (tx: Tx) => Promise<T>) =>
    again(() => replicas[0]!.roster.database.transaction(work))
  const codeNow = () => totp.generate({ timestamp: nowMs() })
  /** To the next code. */
  const nextStep = () => {
    shiftClock(30)
    shifted += 30
  }
  /** A sign-in that waits for its second step, as `POST /auth/login` leaves it, without the cost of the password. */
  const challenge = async (): Promise<string> => {
    const secret = `sc_${randomBytes(32).toString('base64url')}`
    await transaction((tx) =>
      tx
        .insertInto('sign_in_challenges')
        .values({
          hash: sha256(secret),
          user_id: user.id,
          first_method: null,
          code_hash: null,
          email_key: null,
          attempts: 0,
          created_at: now(),
          expires_at: fromNow(600),
        })
        .execute(),
    )
    return secret
  }
  const forgiveCodes = () =>
    transaction((tx) => tx.updateTable('totp_factors').set({ failures: 0, failures_until: null }).execute())
  const race = async (answers: (at: number) => Promise<Answer>, good: number): Promise<number> => {
    const all = await Promise.all(Array.from({ length: racers }, (_, at) => answers(at)))
    return all.filter(({ status }) => status === good).length
  }
  const proceed = (challenge: string, answer: object) => (at: number) =>
    replicas[at % 2]!.call('POST', '/auth/login/continue', { body: { challenge, ...answer } })
  const report = (kind: string, wins: readonly number[]) => {
    const once = wins.filter((count) => count === 1).length
    const none = wins.filter((count) => count === 0).length
    console.log(
      `${engine.name}: ${kind}: worked once ${once}, never ${none}, twice ${wins.length - once - none}`,
    )
    assert.ok(wins.every((count) => count <= 1))
    assert.ok(once > rounds * 0.95, 'most races have a winner')
  }

  it('one challenge and one code of the app', async () => {
    const wins: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      nextStep()
      const asked = await challenge()
      wins.push(await race(proceed(asked, { totp: codeNow() }), 200))
    }
    report('challenge with a code of the app', wins)
  })

  it('one code of the app for several challenges', async () => {
    const wins: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      nextStep()
      const asked = await Promise.all(Array.from({ length: racers }, challenge))
      const code = codeNow()
      wins.push(await race((at) => proceed(asked[at]!, { totp: code })(at), 200))
      await forgiveCodes()
    }
    report('code of the app', wins)
  })

  it('one recovery code for several challenges', async () => {
    const wins: number[] = []
    let codes: string[] = []
    for (let round = 0; round < rounds; round += 1) {
      if (codes.length === 0) {
        nextStep()
        const signedIn = await proceed(await challenge(), { totp: codeNow() })(0)
        user = { ...user, token: signedIn.body.access_token }
        codes = (await call('POST', '/users/me/recovery-codes', {})).body.recovery_codes
      }
      const recovery_code = codes.pop()!
      const asked = await Promise.all(Array.from({ length: racers }, challenge))
      wins.push(await race((at) => proceed(asked[at]!, { recovery_code })(at), 200))
      await forgiveCodes()
    }
    report('recovery code', wins)
  })

  it('one code of a mail', async () => {
    const plain = await replicas[0]!.createUser({ email_verified: true })
    const { emailSignIns } = replicas[0]!.roster.features
    const account = { id: plain.id, email_key: plain.email }
    const wins: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      const challenge = emailSignIns.newChallenge()
      const { code } = await transaction(async (tx) => {
        await emailSignIns.begin(tx, challenge)
        return emailSignIns.fill(tx, { challenge, returnTo: null, sharedComputer: false }, account)
      })
      const answer = { body: { challenge, email_code: code } }
      wins.push(await race((at) => replicas[at % 2]!.call('POST', '/auth/login', answer), 200))
    }
    report('code of a mail', wins)
  })

  it('one answer of a passkey', async () => {
    const device = createAuthenticator('EdDSA', { counts: false })
    const owner = await replicas[0]!.createUser()
    const as = owner.token
    const { options } = (await replicas[0]!.call('POST', '/users/me/passkeys/options', { as })).body
    const body = { name: 'Key', passkey: device.make(options) }
    assert.equal((await replicas[0]!.call('POST', '/users/me/passkeys', { as, body })).status, 201)
    const wins: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      const asked = await replicas[0]!.call('POST', '/auth/passkeys/options', { body: {} })
      const { challenge } = asked.body
      const answer = { body: { challenge, passkey: device.sign(asked.body.options) } }
      wins.push(await race((at) => replicas[at % 2]!.call('POST', '/auth/login', answer), 200))
    }
    report('answer of a passkey', wins)
  })
})
