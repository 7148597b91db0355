import { createCipheriv } from 'node:crypto'
import { asDigest, decodeBase64, equalBytes } from './bytes.ts'
import { findObject, textOf } from './json.ts'
import { costing, malformed, type Reading, unsupportedAlgorithm } from './reading.ts'
import { costOf, deriveScrypt, findCostRefusal } from './scrypt.ts'

/** The hash and salt that Firebase exports for a user, and the parameters of the project. Bytes are in base 64. */
export type FirebaseHash = {
  passwordHash: string
  salt: string
  signerKey: string
  saltSeparator: string
  rounds: number | string
  memCost: number | string
}

/** The stored text of a Firebase hash, which contains the parameters of the project. */
export function firebaseScrypt(hash: FirebaseHash): string {
  const parameters = `v=1,n=${hash.memCost},r=${hash.rounds},p=1,ss=${hash.saltSeparator},sk=${hash.signerKey}`
  return `$fbscrypt$${parameters}$${hash.salt}$${hash.passwordHash}`
}

/** Firebase's scrypt: the derived key encrypts the project's signer key, and the result is the digest. */
export function readFirebaseScrypt(encoded: string): Reading {
  const shape = /^\$fbscrypt\$v=1,n=(\d+),r=(\d+),p=(\d+)(?:,ss=([^,$]*))?,sk=([^,$]+)\$([^$]+)\$([^$]+)$/
  const [, n, r, p, separatorText = '', keyText = '', saltText = '', digestText = ''] =
    shape.exec(encoded) ?? []
  const cost = { N: 2 ** Number(n), r: Number(r), p: Number(p) }
  const refusal = findCostRefusal(cost)
  if (refusal) return refusal

  const [salt, separator, signerKey] = [saltText, separatorText, keyText].map(decodeBase64)
  const digest = asDigest(decodeBase64(digestText))
  if (!salt || !separator || !signerKey || digest?.length !== signerKey.length)
    return malformed('Firebase scrypt')
  return costing(costOf(cost), async (password) => {
    const key = await deriveScrypt(password, Buffer.concat([salt, separator]), 32, cost)
    return equalBytes(createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(signerKey), digest)
  })
}

/** Ory Kratos's notation, `$firescrypt$ln=14,r=8,p=1$salt$digest$separator$key`. */
export function readFirescrypt(encoded: string): Reading {
  const [, , cost = '', salt, digest, separator, key, ...rest] = encoded.split('$')
  const [, n, r, p] = /^ln=(\d+),r=(\d+),p=(\d+)$/.exec(cost) ?? []
  if (rest.length > 0) return malformed('Firebase scrypt')
  return readFirebaseScrypt(`$fbscrypt$v=1,n=${n},r=${r},p=${p},ss=${separator},sk=${key}$${salt}$${digest}`)
}

/** Clerk's notation, `digest$salt$key$separator$rounds$memCost`. */
export function readClerkFirebase(encoded: string): Reading {
  const [passwordHash = '', salt = '', signerKey = '', saltSeparator = '', rounds = '', memCost = ''] =
    encoded.split('$')
  return readFirebaseScrypt(firebaseScrypt({ passwordHash, salt, signerKey, saltSeparator, rounds, memCost }))
}

/** A user of `firebase auth:export` with the `hashConfig` of the project, as JSON. */
export function readFirebaseJson(encoded: string): Reading {
  const user = findObject(encoded)
  const config = findObject(user?.['hashConfig'])
  if (!user || !config) return malformed('Firebase scrypt')
  if (config['algorithm'] !== 'SCRYPT') return unsupportedAlgorithm('Firebase', textOf(config['algorithm']))
  return readFirebaseScrypt(
    firebaseScrypt({
      passwordHash: textOf(user['passwordHash']),
      salt: textOf(user['salt']),
      signerKey: textOf(config['base64SignerKey']),
      saltSeparator: textOf(config['base64SaltSeparator']),
      rounds: textOf(config['rounds']),
      memCost: textOf(config['memCost']),
    }),
  )
}
