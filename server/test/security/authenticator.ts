/** An authenticator of WebAuthn in software, for tests: makes passkeys and signs challenges, correctly or with the chosen fault. */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

export type Algorithm = 'ES256' | 'EdDSA' | 'RS256'
type CreationOptions = { challenge: string; rp: { id: string }; user: { id: string } }
type RequestOptions = { challenge: string; rpId: string }
type Faults = {
  origin?: string
  rpId?: string
  /** Whether the person was verified, by a PIN or a finger. */
  verified?: boolean
  counter?: number
  backedUp?: boolean
  type?: string
  userHandle?: string
  /** Signs other bytes than those that it sends. */
  broken?: boolean
  /** The page is shown in a frame of another site. */
  crossOrigin?: boolean
  /** The attestation object; by default one without a statement. */
  attestation?: (authData: Buffer, clientData: Buffer) => Buffer
  /** The product, as a UUID; by default none. */
  aaguid?: string
  /** The algorithm that the public key names. */
  keyAlgorithm?: number
}

const own = 'http://roster.test'

export function createAuthenticator(algorithm: Algorithm = 'ES256', { counts = true } = {}) {
  const { privateKey, publicKey } = newKeys(algorithm)
  const id = randomBytes(32)
  let counter = 0
  let handle = ''

  const dataOf = (rpId: string, faults: Faults, attested: Buffer = Buffer.alloc(0)) => {
    const flags =
      1 + (faults.verified === false ? 0 : 4) + (faults.backedUp ? 24 : 0) + (attested.length > 0 ? 64 : 0)
    const count = Buffer.alloc(4)
    counter = faults.counter ?? (counts ? counter + 1 : 0)
    count.writeUInt32BE(counter)
    return Buffer.concat([sha256(faults.rpId ?? rpId), Buffer.from([flags]), count, attested])
  }
  const clientData = (
    type: string,
    challenge: string,
    { origin = own, type: wrong, crossOrigin = false }: Faults,
  ) => Buffer.from(JSON.stringify({ type: wrong ?? type, challenge, origin, crossOrigin }))
  const answer = <Response extends object>(response: Response) => ({
    id: id.toString('base64url'),
    rawId: id.toString('base64url'),
    type: 'public-key',
    authenticatorAttachment: 'platform',
    clientExtensionResults: {},
    response,
  })

  return {
    id: id.toString('base64url'),
    make(options: CreationOptions, faults: Faults = {}) {
      handle = options.user.id
      const length = Buffer.alloc(2)
      const aaguid = Buffer.from(faults.aaguid?.replaceAll('-', '') ?? '0'.repeat(32), 'hex')
      length.writeUInt16BE(id.length)
      const attested = Buffer.concat([aaguid, length, id, coseKey(algorithm, publicKey, faults.keyAlgorithm)])
      const authData = dataOf(options.rp.id, faults, attested)
      const data = clientData('webauthn.create', options.challenge, faults)
      const attestation = faults.attestation?.(authData, data) ?? attestationOf('none', [], authData)
      return answer({
        clientDataJSON: data.toString('base64url'),
        attestationObject: attestation.toString('base64url'),
        transports: ['internal'],
      })
    },
    /** An attestation that the passkey signs itself. */
    selfAttestation: (authData: Buffer, clientData: Buffer) =>
      attestationOf(
        'packed',
        [
          [text('alg'), int(-7)],
          [text('sig'), bytes(sign('sha256', Buffer.concat([authData, sha256(clientData)]), privateKey))],
        ],
        authData,
      ),
    sign(options: RequestOptions, faults: Faults = {}) {
      const data = clientData('webauthn.get', options.challenge, faults)
      const authData = dataOf(options.rpId, faults)
      const signed = Buffer.concat([authData, sha256(faults.broken ? 'other' : data)])
      const signature = sign(algorithm === 'EdDSA' ? null : 'sha256', signed, privateKey)
      return answer({
        clientDataJSON: data.toString('base64url'),
        authenticatorData: authData.toString('base64url'),
        signature: signature.toString('base64url'),
        userHandle: faults.userHandle ?? handle,
      })
    },
  }
}

/** An attestation object with a statement of a format. */
export function attestationOf(format: string, statement: Entries, authData: Buffer): Buffer {
  return map([
    [text('fmt'), text(format)],
    [text('attStmt'), map(statement)],
    [text('authData'), bytes(authData)],
  ])
}

function sha256(text: string | Buffer): Buffer {
  return createHash('sha256').update(text).digest()
}

function newKeys(algorithm: Algorithm) {
  if (algorithm === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' })
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519')
  return generateKeyPairSync('rsa', { modulusLength: 2048 })
}

/** RFC 9053: the public key as authenticators send it. */
function coseKey(algorithm: Algorithm, key: KeyObject, named?: number): Buffer {
  const jwk = key.export({ format: 'jwk' }) as Record<string, string>
  const part = (name: string) => bytes(Buffer.from(jwk[name]!, 'base64url'))
  if (algorithm === 'ES256')
    return map([
      [int(1), int(2)],
      [int(3), int(named ?? -7)],
      [int(-1), int(1)],
      [int(-2), part('x')],
      [int(-3), part('y')],
    ])
  if (algorithm === 'EdDSA')
    return map([
      [int(1), int(1)],
      [int(3), int(named ?? -8)],
      [int(-1), int(6)],
      [int(-2), part('x')],
    ])
  return map([
    [int(1), int(3)],
    [int(3), int(named ?? -257)],
    [int(-1), part('n')],
    [int(-2), part('e')],
  ])
}

/** CBOR (RFC 8949), as much of it as is needed here. */
export type Entries = readonly (readonly [Buffer, Buffer])[]
function head(major: number, value: number): Buffer {
  if (value < 24) return Buffer.from([(major << 5) | value])
  if (value < 256) return Buffer.from([(major << 5) | 24, value])
  return Buffer.from([(major << 5) | 25, value >> 8, value & 255])
}
export const int = (value: number) => (value < 0 ? head(1, -1 - value) : head(0, value))
export const bytes = (value: Buffer) => Buffer.concat([head(2, value.length), value])
export const text = (value: string) => Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
const map = (entries: Entries) => Buffer.concat([head(5, entries.length), ...entries.flat()])
