/** The data of a request to the device page, and of its next form. */
import type { KoaContextWithOIDC } from 'oidc-provider'

/** The target of the form, and the token against forged requests (CSRF). */
export function formOf(ctx: KoaContextWithOIDC): { action: string; xsrf: string } {
  const { secret } = (ctx.oidc.session as unknown as { state: { secret: string } }).state
  return { action: new URL(ctx.oidc.urlFor('code_verification')).pathname, xsrf: secret }
}

/** The code of a link or of the previous form. */
export function typedCode(ctx: KoaContextWithOIDC): string {
  const { user_code: code } = { ...ctx.query, ...(ctx.oidc.body as object | undefined) } as {
    user_code?: unknown
  }
  const linked = (ctx.state as { userCode?: unknown })['userCode']
  return [code, linked].find((each) => typeof each === 'string')?.slice(0, 20) ?? ''
}
