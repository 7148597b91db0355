/** Refresh tokens that follow one another: the next one is derived from the one that is used. */
import type Provider from 'oidc-provider'
import type { KoaContextWithOIDC } from 'oidc-provider'

/** Part of the library that its types leave out. */
type TokenModel = { prototype: { generateTokenId(): string } }

/** Gives a refresh token that replaces another one the id that `successorOf` derives; all others stay random. */
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
