/** Passkeys through what browsers have: no library. */

/** False also on pages without TLS or without a name of a host, where browsers offer no passkeys. */
export const hasPasskeys =
  !/^[\d.]+$|^\[/.test(location.hostname) &&
  typeof PublicKeyCredential === 'function' &&
  typeof PublicKeyCredential.parseRequestOptionsFromJSON === 'function' &&
  typeof PublicKeyCredential.parseCreationOptionsFromJSON === 'function'

type Json = Record<string, unknown>

/** Asks the person for a passkey. @returns null when they changed their mind or have none */
export async function askPasskey(
  options: Json,
  request: CredentialRequestOptions = {},
): Promise<Json | null> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
    options as unknown as PublicKeyCredentialRequestOptionsJSON,
  )
  return unlessRefused(() => navigator.credentials.get({ ...request, publicKey }))
}

/** Makes a passkey. @returns null when the person changed their mind; `known` when the device has one already */
export async function makePasskey(options: Json): Promise<Json | 'known' | null> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(
    options as unknown as PublicKeyCredentialCreationOptionsJSON,
  )
  try {
    return await unlessRefused(() => navigator.credentials.create({ publicKey }))
  } catch (error) {
    if (error instanceof DOMException && error.name === 'InvalidStateError') return 'known'
    throw error
  }
}

async function unlessRefused(ask: () => Promise<Credential | null>): Promise<Json | null> {
  try {
    const credential = (await ask()) as PublicKeyCredential | null
    return credential && (credential.toJSON() as unknown as Json)
  } catch (error) {
    const name = error instanceof DOMException ? error.name : ''
    if (name === 'NotAllowedError' || name === 'AbortError') return null
    throw error
  }
}
