/**
 * WebAuthn through @simplewebauthn/server. No other file imports it. It takes 28 MB, so it is loaded when a passkey is
 * first added or used.
 */
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import type { PasskeyAnswer } from '../../../factor-answers.ts'
import type { PasskeyRow } from './store.ts'

/** The host and origin for which passkeys of this service are valid. */
export type RelyingParty = { id: string; name: string; origin: string }

export type NewPasskey = Pick<
  PasskeyRow,
  'credential_id' | 'public_key' | 'counter' | 'transports' | 'aaguid'
> & {
  isBackedUp: boolean
}
export type Signature = { counter: number; isBackedUp: boolean }

type Account = { id: string; username: string; shownName: string }
type Existing = Pick<PasskeyRow, 'credential_id' | 'transports'>

/** EdDSA, ES256 and RS256, which authenticators support. */
const algorithms = [-8, -7, -257]

const load = () => import('@simplewebauthn/server')

export async function registrationOptions(
  party: RelyingParty,
  challenge: string,
  account: Account,
  existing: readonly Existing[],
): Promise<object> {
  const { generateRegistrationOptions } = await load()
  return generateRegistrationOptions({
    rpID: party.id,
    rpName: party.name,
    userID: new Uint8Array(userHandleOf(account.id)),
    userName: account.username,
    userDisplayName: account.shownName,
    challenge: new Uint8Array(Buffer.from(challenge, 'base64url')),
    attestationType: 'none',
    excludeCredentials: existing.map(descriptorOf),
    authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
    supportedAlgorithmIDs: algorithms,
  })
}

/** Plain data, so that a sign-in does not load the library. */
export function signatureOptions(
  party: RelyingParty,
  challenge: string,
  allowed: readonly Existing[],
  userVerification: 'required' | 'preferred',
): object {
  return {
    challenge,
    rpId: party.id,
    timeout: 300_000,
    userVerification,
    allowCredentials: allowed.map((one) => ({ ...descriptorOf(one), type: 'public-key' })),
  }
}

/** @returns undefined when the answer is not for this challenge or not from this origin */
export async function readRegistration(
  party: RelyingParty,
  challenge: string,
  answer: PasskeyAnswer,
): Promise<NewPasskey | undefined> {
  if (isInForeignFrame(answer)) return undefined
  const { verifyRegistrationResponse } = await load()
  const result = await unlessRefused(async () => {
    const response = withExtensions(answer) as RegistrationResponseJSON
    await refuseCertificates(response.response.attestationObject)
    return verifyRegistrationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      requireUserVerification: false,
      supportedAlgorithmIDs: algorithms,
    })
  })
  if (!result?.verified) return undefined
  const { credential, aaguid, credentialBackedUp } = result.registrationInfo
  return {
    credential_id: credential.id,
    public_key: Buffer.from(credential.publicKey).toString('base64url'),
    counter: credential.counter,
    transports: transportsOf(credential.transports).join(' '),
    aaguid,
    isBackedUp: credentialBackedUp,
  }
}

type Expected = { challenge: string; passkey: PasskeyRow; requireUserVerification: boolean }

/** @returns undefined when the passkey did not sign this challenge for this origin */
export async function readSignature(
  party: RelyingParty,
  answer: PasskeyAnswer,
  { challenge, passkey, requireUserVerification }: Expected,
): Promise<Signature | undefined> {
  if (isInForeignFrame(answer)) return undefined
  const { verifyAuthenticationResponse } = await load()
  const result = await unlessRefused(() =>
    verifyAuthenticationResponse({
      response: withExtensions(answer) as AuthenticationResponseJSON,
      expectedChallenge: challenge,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      credential: {
        id: passkey.credential_id,
        publicKey: new Uint8Array(Buffer.from(passkey.public_key, 'base64url')),
        counter: passkey.counter,
      },
      requireUserVerification,
    }),
  )
  if (!result?.verified) return undefined
  const { newCounter, credentialBackedUp } = result.authenticationInfo
  return { counter: newCounter, isBackedUp: credentialBackedUp }
}

/** The user handle, which authenticators store with the passkey: the 16 bytes of the user's id. */
export function userHandleOf(userId: string): Buffer {
  return Buffer.from(userId.replaceAll('-', ''), 'hex')
}

/** The challenge in the client data of an answer; undefined when it cannot be parsed. */
export function challengeOf(answer: PasskeyAnswer): string | undefined {
  const { challenge } = clientDataOf(answer)
  return typeof challenge === 'string' ? challenge : undefined
}

/**
 * Whether a page of another site showed our page in a frame. Such a page could make users confirm actions that they do
 * not see.
 */
function isInForeignFrame(answer: PasskeyAnswer): boolean {
  const { crossOrigin, topOrigin } = clientDataOf(answer)
  return crossOrigin === true || topOrigin !== undefined
}

function clientDataOf(answer: PasskeyAnswer): Record<string, unknown> {
  try {
    return { ...JSON.parse(Buffer.from(answer.response.clientDataJSON, 'base64url').toString()) }
  } catch {
    return {}
  }
}

/**
 * Attestation is not requested, so browsers send none or a self-attestation. Certificates of manufacturers are refused,
 * because the library would request lists of revoked ones.
 */
async function refuseCertificates(attestationObject: string): Promise<void> {
  const { decodeAttestationObject } = await import('@simplewebauthn/server/helpers')
  const attestation = decodeAttestationObject(new Uint8Array(Buffer.from(attestationObject, 'base64url')))
  const format: string = attestation.get('fmt')
  const isBySelf = format === 'packed' && attestation.get('attStmt').get('x5c') === undefined
  if (format !== 'none' && !isBySelf) throw new Error('the attestation has certificates')
}

const knownTransports = ['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb'] as const

function transportsOf(said: readonly string[] | undefined) {
  return knownTransports.filter((name) => said?.includes(name))
}

function descriptorOf({ credential_id, transports }: Existing) {
  return { id: credential_id, transports: transportsOf(transports.split(' ')) }
}

function withExtensions(answer: PasskeyAnswer): object {
  return { clientExtensionResults: {}, ...answer }
}

/** The library throws for every invalid answer, forged or malformed. */
async function unlessRefused<T>(verify: () => Promise<T>): Promise<T | undefined> {
  try {
    return await verify()
  } catch {
    return undefined
  }
}
