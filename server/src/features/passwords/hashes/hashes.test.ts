import { strict as assert } from 'node:assert'
import { createHash, pbkdf2Sync, scryptSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { runs } from '../../../../test/harness/properties.ts'
import {
  auth0CustomHash,
  checkHash,
  firebaseScrypt,
  hashFamily,
  keycloakCredential,
  statedDigest,
  verifyHash,
} from './index.ts'

type Accepted = { family: string; encoded: string; password: string; matches: boolean; source: string }
type Refused = { family: string | null; code: string; encoded: string; source: string }

const accepted = readFixture<Accepted>('accepted')
const refused = readFixture<Refused>('refused')

function readFixture<Row>(name: string): Row[] {
  const text = readFileSync(new URL(`fixtures/${name}.jsonl`, import.meta.url), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line): Row => JSON.parse(line))
}

function findEncoded(family: string, password: string): string {
  const vector = accepted.find((row) => row.family === family && row.password === password && row.matches)
  assert.ok(vector, `no vector of ${family}`)
  return vector.encoded
}

describe('hashes that other systems wrote', () => {
  for (const [family, vectors] of Map.groupBy(accepted, (row) => row.family)) {
    it(`${family}: lets the right password in and no other`, async () => {
      for (const { encoded, password, matches, source } of vectors) {
        assert.deepEqual(checkHash(encoded), { ok: true, family }, source)
        assert.equal(await verifyHash(encoded, password), matches, `${source}: ${encoded}`)
      }
      const { encoded } = vectors.find(({ matches }) => matches)!
      assert.equal(await verifyHash(encoded, 'certainly another one'), false)
    })
  }
})

describe('hashes that are refused', () => {
  for (const [family, vectors] of Map.groupBy(refused, (row) => row.family)) {
    it(`${family ?? 'an unknown family'}: says why and verifies nothing`, async () => {
      for (const { encoded, code, source } of vectors) {
        const check = checkHash(encoded)
        assert.equal(check.ok ? undefined : check.code, code, `${source}: ${encoded}`)
        assert.equal(hashFamily(encoded), family ?? undefined, source)
        if (code === 'unsupported_hash' && family) assert.match(check.ok ? '' : check.detail, RegExp(family))
        for (const password of ['', 'password', 'test'])
          assert.equal(await verifyHash(encoded, password), false)
      }
    })
  }

  it('a crypt(3) hash in LDAP is refused under its own name', () => {
    const check = checkHash('{CRYPT}CCX.K.MFy4Ois')
    assert.match(check.ok ? '' : check.detail, /des-crypt/)
  })

  it('no detail repeats the hash', () => {
    for (const { encoded } of refused) {
      const check = checkHash(encoded)
      assert.ok(!check.ok && !check.detail.includes(encoded))
    }
  })
})

describe('costs', () => {
  const bcryptTail = '3o9IF74Phgdz4Q6j7K7s0unovt.v.7YBLKFyV73pGTd2.tfdz/F8e'
  const sha512Tail =
    'salt$IxDD3jeSOb5eB1CX5LBsqZFVkJdido3OUILO5Ifz5iwMuTS4XMS130MTSuDDl3aCI6WouIL9AjRbLCelDCy.g.'
  const tail = 'c2FsdHNhbHRzYWx0$OFvEcLOIPFd/oq8egf10i+qJLI7A8nDjPLnolCWarQY'
  const digest = 'OFvEcLOIPFd/oq8egf10i+qJLI7A8nDjPLnolCWarQY='
  const hex = 'a'.repeat(64)
  const keycloak = (hashIterations: number) =>
    keycloakCredential({
      secretData: { value: digest, salt: 'c2FsdHNhbHRzYWx0' },
      credentialData: { hashIterations, algorithm: 'pbkdf2-sha256' },
    })
  /** What Keycloak wrote by default for PBKDF2 with SHA-1. */
  const keycloakDefault = keycloakCredential({
    secretData: { value: Buffer.alloc(64, 1).toString('base64'), salt: 'c2FsdHNhbHRzYWx0' },
    credentialData: { hashIterations: 1_300_000, algorithm: 'pbkdf2' },
  })
  const auth0Scrypt = (cost: number) =>
    auth0CustomHash({
      algorithm: 'scrypt',
      hash: { value: hex, encoding: 'hex' },
      salt: { value: 's' },
      cost,
    })
  const aspnet = (iterations: string) =>
    Buffer.from(`0100000001${iterations}00000010${'aa'.repeat(48)}`, 'hex').toString('base64')

  it('what systems write by default or guides advise is accepted', () => {
    for (const encoded of [
      `$argon2id$v=19$m=65536,t=3,p=4$${tail}`,
      `$argon2id$v=19$m=262144,t=3,p=1$${tail}`,
      `$2y$14$${bcryptTail}`,
      keycloakDefault,
      `pbkdf2_sha256$1500000$salt$${digest}`,
      `$pbkdf2-sha512$i=210000,l=32$${tail}`,
      `$scrypt$ln=17,r=8,p=1$${tail}`,
      `scrypt$16384$salt$8$5$${digest}`,
      `scrypt:32768:8:1$salt$${hex}`,
      `$6$rounds=656000$${sha512Tail}`,
      '$P$B12345678si5M0DDyPpmRCmcltU/YW/',
      keycloak(1_000_000),
      auth0Scrypt(65_536),
      aspnet('000186a0'),
    ])
      assert.ok(checkHash(encoded).ok, encoded)
  })

  it('a cost that would stall the service is refused before any hashing', () => {
    for (const encoded of [
      `$argon2id$v=19$m=1048576,t=1,p=4$${tail}`,
      `$argon2id$v=19$m=65536,t=4294967295,p=4$${tail}`,
      `{ARGON2}$argon2id$v=19$m=2097152,t=1,p=4$${tail}`,
      `$2b$31$${bcryptTail}`,
      `{CRYPT}$2b$15$${bcryptTail}`,
      `$wp$2y$20$${bcryptTail}`,
      `bcrypt_sha256$$2b$18$${bcryptTail}`,
      `pbkdf2_sha256$99999999999999999999$salt$${digest}`,
      `$pbkdf2-sha256$i=2000001,l=32$${tail}`,
      `{PBKDF2-SHA256}100000000$${tail}`,
      `pbkdf2:sha256:100000000$salt$${hex}`,
      `$scrypt$ln=18,r=8,p=1$${tail}`,
      `$scrypt$ln=99999,r=8,p=1$${tail}`,
      `$scrypt$ln=1,r=1048576,p=1$${tail}`,
      `scrypt$16384$salt$8$1000$${digest}`,
      `scrypt:1073741824:8:1$salt$${hex}`,
      `$6$rounds=999999999$${sha512Tail}`,
      '$P$S12345678si5M0DDyPpmRCmcltU/YW/',
      keycloak(1e9),
      auth0Scrypt(2 ** 30),
      aspnet('ffffffff'),
      firebaseScrypt({
        passwordHash: digest,
        salt: 'Bw==',
        signerKey: digest,
        saltSeparator: 'Bw==',
        rounds: 8,
        memCost: 30,
      }),
    ]) {
      const check = checkHash(encoded)
      assert.equal(check.ok ? undefined : check.code, 'hash_too_expensive', encoded)
    }
  })

  it('a long sha512-crypt does not block the event loop', async () => {
    let turns = 0
    let running = true
    const count = () => {
      turns++
      if (running) setImmediate(count)
    }
    count()
    await verifyHash(`$6$rounds=100000$${sha512Tail}`, 'password')
    running = false
    assert.ok(turns > 50, `${turns} turns`)
  })
})

describe('passwords', () => {
  const bcryptOf72 = '$2b$04$CCCCCCCCCCCCCCCCCCCCC.G0X0RUFKskzu9cVGSYSHT5So8taLd7.'

  it('bcrypt counts the first 72 bytes only', async () => {
    assert.equal(await verifyHash(bcryptOf72, 'ä'.repeat(36)), true)
    assert.equal(await verifyHash(bcryptOf72, `${'ä'.repeat(36)} and more`), true)
    assert.equal(await verifyHash(bcryptOf72, 'ä'.repeat(35)), false)
  })

  it('a NUL is never ignored', async () => {
    const families = [
      'bcrypt',
      'pbkdf2-sha256',
      'scrypt',
      'firebase-scrypt',
      'werkzeug',
      'phpass',
      'sha256-crypt',
      'argon2i',
    ]
    for (const { encoded, password, family } of accepted.filter(
      (row) => row.matches && families.includes(row.family),
    )) {
      if (/rounds=\d{6}/.test(encoded)) continue
      assert.equal(await verifyHash(encoded, `${password}\0`), false, family)
      assert.equal(await verifyHash(encoded, `${password}\0${password}`), false, family)
    }
  })

  it('WordPress trims white space', async () => {
    const vector = accepted.find((row) => row.family === 'wordpress-bcrypt' && row.matches)!
    assert.equal(await verifyHash(vector.encoded, ` \t${vector.password}\n`), true)
  })

  it('is right in each form of Unicode in which it may have been hashed', async () => {
    const salt = 'salt'
    const of = (password: string) =>
      statedDigest(
        'sha256:salt+password',
        salt,
        createHash('sha256')
          .update(salt + password)
          .digest('hex'),
      )
    const composed = 'Mật khẩu của tôi ｶ'.normalize('NFC')
    const forms = {
      composed,
      decomposed: composed.normalize('NFD'),
      // As a Vietnamese keyboard of Windows types it.
      tonesApart: 'M\u00e2\u0323t kh\u00e2\u0309u cu\u0309a t\u00f4i ｶ',
      compatible: composed.normalize('NFKC'),
    }
    assert.equal(new Set(Object.values(forms)).size, 4)
    for (const hashed of Object.values(forms))
      for (const typed of [forms.composed, forms.decomposed, forms.tonesApart])
        assert.equal(await verifyHash(of(hashed), typed), true)
    for (const hashed of Object.values(forms))
      assert.equal(await verifyHash(of(hashed), 'Mat khau cua toi ｶ'), false)
  })

  it('a digest of several blocks counts to its last byte', async () => {
    const digest = pbkdf2Sync('plums', 'saltsalt', 10, 64, 'sha1')
    const text = (bytes: Buffer) =>
      `$pbkdf2$i=10,l=64$${Buffer.from('saltsalt').toString('base64')}$${bytes.toString('base64')}`
    assert.equal(await verifyHash(text(digest), 'plums'), true)
    for (const at of [0, 19, 20, 63]) {
      const other = Buffer.from(digest)
      other[at]! ^= 1
      assert.equal(await verifyHash(text(other), 'plums'), false, `byte ${at}`)
    }
  })

  it('longer than 1,024 bytes is never right', async () => {
    assert.equal(await verifyHash(bcryptOf72, 'ä'.repeat(512)), true)
    assert.equal(await verifyHash(bcryptOf72, 'ä'.repeat(513)), false)
  })
})

describe('texts for the hashes of JSON sources', () => {
  it('a Keycloak credential, with its parts as JSON text or as objects', async () => {
    const encoded = findEncoded('keycloak-argon2', 'secret')
    const { secretData, credentialData } = JSON.parse(encoded)
    const asText = keycloakCredential({ secretData, credentialData })
    const asObjects = keycloakCredential({
      secretData: JSON.parse(secretData),
      credentialData: JSON.parse(credentialData),
    })
    assert.equal(asText, encoded)
    assert.equal(asObjects, encoded)
    assert.equal(await verifyHash(asObjects, 'secret'), true)
  })

  it('a Keycloak credential of an algorithm that we do not have is refused by name', () => {
    const check = checkHash(keycloakCredential({ secretData: {}, credentialData: { algorithm: 'bcrypt' } }))
    assert.match(check.ok ? '' : check.detail, /bcrypt/)
  })

  it('a custom_password_hash of Auth0, scrypt and password encodings included', async () => {
    const salted = { salt: { value: 'c2FsdA==', encoding: 'base64' }, password: { encoding: 'utf16le' } }
    const value = scryptSync(Buffer.from('pässword', 'utf16le'), 'salt', 32, {
      N: 1024,
      r: 8,
      p: 2,
    }).toString('base64url')
    const cost = { keylen: 32, cost: 1024, blockSize: 8, parallelization: 2 }
    const encoded = auth0CustomHash({
      algorithm: 'scrypt',
      hash: { value, encoding: 'base64' },
      ...salted,
      ...cost,
    })
    assert.deepEqual(checkHash(encoded), { ok: true, family: 'auth0-custom-hash' })
    assert.equal(await verifyHash(encoded, 'pässword'), true)
    assert.equal(await verifyHash(encoded, 'password'), false)
  })

  it('a custom_password_hash of Auth0 with MD4 is refused by name', () => {
    const check = checkHash(
      auth0CustomHash({ algorithm: 'md4', hash: { value: 'a'.repeat(32), encoding: 'hex' } }),
    )
    assert.equal(check.ok ? '' : check.code, 'unsupported_hash')
    assert.match(check.ok ? '' : check.detail, /md4/)
  })

  it('a user of Firebase, in standard or URL-safe base 64', async () => {
    const signerKey =
      'jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA=='
    const passwordHash =
      'lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ=='
    const project = { signerKey, saltSeparator: 'Bw==', rounds: 8, memCost: 14 }
    const standard = firebaseScrypt({ passwordHash, salt: '42xEC+ixf3L2lw==', ...project })
    const urlSafe = passwordHash.replaceAll('+', '-').replaceAll('/', '_')
    assert.equal(await verifyHash(standard, 'user1password'), true)
    assert.equal(
      await verifyHash(
        firebaseScrypt({ passwordHash: urlSafe, salt: '42xEC-ixf3L2lw==', ...project }),
        'user1password',
      ),
      true,
    )
    assert.equal(await verifyHash(standard, 'user2password'), false)
  })
})

describe('any text', { timeout: 240_000 }, () => {
  const printable = '$,=:{}"./+-_!\\0123456789abcxyzABCXYZ\0é'
  const mutated = fc
    .tuple(
      fc.constantFrom(...[...accepted, ...refused].map((row) => row.encoded)),
      fc.array(fc.tuple(fc.nat(), fc.nat(2), fc.constantFrom(...printable)), { minLength: 1, maxLength: 3 }),
    )
    .map(([encoded, edits]) => edits.reduce(mutate, encoded))

  function mutate(text: string, [seed, removed, added]: [number, number, string]): string {
    const at = seed % (text.length + 1)
    return text.slice(0, at) + added + text.slice(at + removed)
  }

  it('can be checked', () => {
    const names = fc.oneof(fc.string({ unit: 'binary' }), mutated, fc.json())
    fc.assert(
      fc.property(names, (text) => typeof checkHash(text).ok === 'boolean'),
      { numRuns: runs(5_000) },
    )
  })

  it('can be verified, and a refused text accepts no password', async () => {
    await fc.assert(
      fc.asyncProperty(mutated, fc.string({ unit: 'binary' }), async (text, password) => {
        const verified = await verifyHash(text, password)
        assert.ok(verified === false || checkHash(text).ok)
      }),
      { numRuns: runs(250) },
    )
  })

  it('of any length is read quickly', () => {
    for (const text of ['$', '{', '{"algorithm"', '$2b$', 'a$', '{crypt}', '{"secretData"algorithm""'])
      assert.equal(checkHash(text.repeat(100_000)).ok, false)
  })
})
