import assert from 'node:assert/strict'
import { pbkdf2Sync, scryptSync } from 'node:crypto'
import { before, it } from 'node:test'
import { hash as argon2 } from '@node-rs/argon2'
import { hash as bcrypt } from '@node-rs/bcrypt'
import { passTime } from '../../src/clock.ts'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { signInTogether } from './replicas.ts'

onBothEngines('passwords', (engine) => {
  let service: Service
  let count = 0
  before(async () => {
    service = await engine.start()
  })
  const signUp = async (typed: string) => {
    count += 1
    const username = `pw-${engine.name}-${count}`
    const answer = await service.call('POST', '/users', {
      body: { username, email: `${username}@example.com`, password: typed },
    })
    return { username, ...answer }
  }
  const login = async (username: string, typed: string) =>
    (await service.call('POST', '/auth/login', { body: { username, password: typed } })).status
  const storedHash = async (username: string) => {
    const user = await service.roster.users.findByName(username)
    const row = await service.roster.database.scan
      .selectFrom('passwords')
      .select('hash')
      .where('user_id', '=', user!.id)
      .executeTakeFirstOrThrow()
    return row.hash
  }

  it('length is counted in code points, from 8 to 256', async () => {
    for (const [typed, code] of [
      ['kiwi-7x', 'too_short'],
      ['😀🐙🌵🎻🧊🪁🦔', 'too_short'],
      ['x7'.repeat(10).padEnd(257, 'abcdefghij'), 'too_long'],
      ['😀🐙'.repeat(129), 'too_long'],
    ] as const) {
      const { status, body } = await signUp(typed)
      assert.deepEqual([status, body.errors?.[0]?.code], [400, code], typed)
    }
    for (const typed of [
      '😀🐙🌵🎻🧊🪁🦔🍉',
      ...[64, 128, 256].map((length) => 'zqv8'.padEnd(length, 'abcdefghij ')),
    ]) {
      const { status, username } = await signUp(typed)
      assert.equal(status, 201, typed)
      assert.equal(await login(username, typed), 200)
    }
  })

  it('what others try first is refused, whatever stands around it', async () => {
    for (const typed of [
      'password1',
      'password1234567',
      'qwertyuiop',
      'roster123',
      'Roster2026!',
      'aaaaaaaaaa',
    ]) {
      const { status, body } = await signUp(typed)
      assert.deepEqual([status, body.errors?.[0]?.code], [400, 'password_blocklisted'], typed)
    }
    for (const own of ['margaret99', 'margaret.hamilton@example.com', 'Margaret.Hamilton1']) {
      const { status, body } = await service.call('POST', '/users', {
        body: { username: 'margaret', email: 'margaret.hamilton@example.com', password: own },
      })
      assert.deepEqual([status, body.errors?.[0]?.code], [400, 'password_blocklisted'], own)
    }
  })

  it('no rules of composition; spaces and case count', async () => {
    for (const typed of ['vlkqzmwertnpsdhgxbtc', ' leading and trailing ', 'violet umbrella under rain']) {
      const { status, username } = await signUp(typed)
      assert.equal(status, 201)
      assert.equal(await login(username, typed), 200)
      assert.equal(await login(username, typed.toUpperCase()), 401)
      assert.equal(await login(username, `${typed} `), 401)
    }
  })

  it('composed and decomposed letters are the same', async () => {
    const typed = 'Ångström-café-ñandú'
    const { username } = await signUp(typed.normalize('NFC'))
    assert.equal(await login(username, typed.normalize('NFD')), 200)
  })

  it('the hash is argon2id with 19 MiB; nothing of it is answered', async () => {
    const { username, text } = await signUp(password)
    assert.doesNotMatch(text, /argon2|hash|password/)
    assert.match(await storedHash(username), /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  })

  it('hashes of other systems open once and are ours then, stronger ones too', async () => {
    const salt = Buffer.from('0123456789abcdef')
    const pbkdf2 = pbkdf2Sync(password, salt, 10_000, 32, 'sha256')
    const foreign = {
      bcrypt: (await bcrypt(password, { cost: 10 })).replace('$2b$', '$2y$'),
      pbkdf2: `$pbkdf2-sha256$10000$${ab64(salt)}$${ab64(pbkdf2)}`,
      scrypt: `$scrypt$ln=14,r=8,p=1$${unpadded(salt)}$${unpadded(scryptSync(password, salt, 32, { N: 16_384, r: 8, p: 1 }))}`,
      argon2i: await argon2(password, { algorithm: 1, memoryCost: 4096, timeCost: 3 }),
      weak: await argon2(password, { algorithm: 2, memoryCost: 8192, timeCost: 1 }),
      strong: await argon2(password, { algorithm: 2, memoryCost: 32_768, timeCost: 3 }),
    }
    for (const [name, hash] of Object.entries(foreign)) {
      const { username, body } = await signUp(password)
      await service.roster.database.transaction((tx) =>
        tx.updateTable('passwords').set({ hash }).where('user_id', '=', body.id).execute(),
      )
      assert.equal(await login(username, 'wrong password'), 401, name)
      assert.equal(await storedHash(username), hash)
      assert.equal(await login(username, password), 200, name)
      const after = await storedHash(username)
      assert.match(after, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/, name)
      assert.equal(await login(username, password), 200, `${name} again`)
    }
  })
})

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '')
}

/** Base64 as passlib writes it. */
function ab64(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('+', '.').replaceAll('=', '')
}

onBothEngines('PUT /users/{id}/password', (engine) => {
  let service: Service
  let user: TestUser
  before(async () => {
    service = await engine.start()
    user = await service.createUser()
  })
  const change = (as: TestUser, body: object) =>
    service.call('PUT', '/users/me/password', { as: as.token, body })
  const next = 'another fine password'

  it('401 without or with a wrong current password; nothing changes', async () => {
    const without = await change(user, { password: next })
    assert.deepEqual([without.status, without.body.code], [403, 'reauthentication_required'])
    const wrong = await change(user, { password: next, current_password: 'not my password' })
    assert.deepEqual([wrong.status, wrong.body.code], [401, 'invalid_credentials'])
    const { status } = await service.call('POST', '/auth/login', {
      body: { username: user.username, password },
    })
    assert.equal(status, 200)
  })

  it('204, and everything that rested on the old one ends within a second', async () => {
    const mine = await service.createUser()
    const basic = { username: mine.username, password }
    assert.equal((await service.call('GET', '/users/me', { as: basic })).status, 200)
    const other = await service.call('POST', '/auth/login', { body: { username: mine.username, password } })
    const changed = await change(mine, { password: next, current_password: password })
    assert.equal(changed.status, 204, changed.text)
    passTime(1)
    assert.equal((await service.call('GET', '/users/me', { as: basic })).status, 401)
    assert.equal((await service.call('GET', '/users/me', { as: other.body.access_token })).status, 401)
    assert.equal((await service.call('GET', '/users/me', { as: { ...basic, password: next } })).status, 200)
    const old = await service.call('POST', '/auth/refresh', {
      body: { refresh_token: other.body.refresh_token },
    })
    assert.equal(old.status, 400)
  })
})

onBothEngines('more sign-ins than can be hashed', (engine) => {
  it('503 with Retry-After for the rest, while others are read', async () => {
    const service = await engine.start()
    const user = await service.createUser()
    let isOver = false
    const logins = signInTogether(service, 150, password).finally(() => {
      isOver = true
    })
    const read = await service.call('GET', '/users/me', { as: user.token })
    assert.deepEqual([read.status, isOver], [200, false], 'before the last sign-in is answered')
    const answers = await logins
    const shed = answers.filter(({ status }) => status === 503)
    assert.ok(shed.length > 0 && answers.every(({ status }) => status === 503 || status === 401))
    for (const { code, retryAfter } of shed) {
      assert.equal(code, 'overloaded')
      assert.match(retryAfter, /^[1-9]$|^10$/)
    }
  })
})
