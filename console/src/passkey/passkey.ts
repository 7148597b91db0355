/** Passkeys with the API of browsers, without a library. */

/** False also on pages without TLS or without a host name, where browsers do not support passkeys. */
export const hasPasskeys =
  !/^[\d.]+$|^\[/.test(location.hostname) &&
  typeof PublicKeyCredential === 'function' &&
  typeof PublicKeyCredential.parseRequestOptionsFromJSON === 'function' &&
  typeof PublicKeyCredential.parseCreationOptionsFromJSON === 'function'

type Json = Record<string, unknown>

/** Requests a passkey from the user. @returns null when the user cancelled or has none */
export async function askPasskey(
  options: Json,
  request: CredentialRequestOptions = {},
): Promise<Json | null> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
    options as unknown as PublicKeyCredentialRequestOptionsJSON,
  )
  return unlessRefused(() => navigator.credentials.get({ ...request, publicKey }))
}

/** Creates a passkey. @returns null when the user cancelled; `known` when the device has one already */
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
