/** The client secret of Apple: a JWT that the developer's private key signs. */
import { createPrivateKey, sign } from 'node:crypto'
import { nowMs } from '../../../clock.ts'

type AppleKey = { privateKey: string; clientId: string; teamId: string; keyId: string }

const validSeconds = 3600

export function appleSecret({ privateKey, clientId, teamId, keyId }: AppleKey): string {
  const issuedAt = Math.floor(nowMs() / 1000)
  const content = [
    { alg: 'ES256', kid: keyId },
    {
      iss: teamId,
      iat: issuedAt,
      exp: issuedAt + validSeconds,
      aud: 'https://appleid.apple.com',
      sub: clientId,
    },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  const signature = sign('sha256', Buffer.from(content), {
    key: createPrivateKey(privateKey),
    dsaEncoding: 'ieee-p1363',
  })
  return `${content}.${signature.toString('base64url')}`
}
