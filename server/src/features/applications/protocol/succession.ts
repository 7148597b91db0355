/** The succession of refresh tokens: the next one is derived from the used one. */
import type Provider from 'oidc-provider'
import type { KoaContextWithOIDC } from 'oidc-provider'

/** A part of the library that is missing in its types. */
type TokenModel = { prototype: { generateTokenId(): string } }

/** A refresh token that replaces another one gets the id that `successorOf` derives; other ids stay random. */
export function deriveSuccessors(
  provider: Provider,
  context: () => KoaContextWithOIDC | undefined,
  successorOf: (refreshToken: string) => string,
): void {
  const { prototype } = provider.RefreshToken as unknown as TokenModel
  const { generateTokenId } = prototype
  prototype.generateTokenId = function newTokenId() {
    const used = context()?.oidc.entities['RotatedRefreshToken'] as { jti: string } | undefined
    return used ? successorOf(used.jti) : generateTokenId.call(this)
  }
}
