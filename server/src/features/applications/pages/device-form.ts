/** The data of a request to the device page, and of its next form. */
import type { KoaContextWithOIDC } from 'oidc-provider'

/** The target of the form, and the token against forged requests (CSRF). */
export function formOf(ctx: KoaContextWithOIDC): { action: string; xsrf: string } {
  const { secret } = (ctx.oidc.session as unknown as { state: { secret: string } }).state
  return { action: new URL(ctx.oidc.urlFor('code_verification')).pathname, xsrf: secret }
}

/** The code of a link or of the previous form. */
export function typedCode(ctx: KoaContextWithOIDC): string {
  const { user_code: code }: { user_code?: unknown } = {
    ...ctx.query,
    ...(ctx.oidc.body as object | undefined),
  }
  const { userCode: linked }: { userCode?: unknown } = ctx.state
  return [code, linked].find((each) => typeof each === 'string')?.slice(0, 20) ?? ''
}
