/**
 * The library writes pages of its own, with inline script, for `response_mode=form_post` and where one of its endpoints
 * sends the browser to another by a form. Users see our pages with the same form instead.
 */
import type { IncomingMessage } from 'node:http'
import type Provider from 'oidc-provider'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { type Language, languageOf } from '../../../html/language.ts'
import { type Look, layOut, type OwnPage } from '../../../html/page-layout.ts'
import { confirmLogoutPage } from '../pages/logout.ts'
import { refusedPage } from '../pages/refused.ts'
import { type Sending, sendingForm, sendingPage } from '../pages/sending.ts'

type PageNeeds = {
  issuer: string
  look: Look
  /** The user who is signed in here, also without a session of the library. */
  userOf(request: IncomingMessage): string | null
  /** The language that this user chose, or null. */
  localeOf(request: IncomingMessage): Promise<string | null>
  failed(error: unknown): void
}

const ours = new WeakSet<object>()

/** How our pages are shown. */
export function shownBy({ look, localeOf }: Pick<PageNeeds, 'look' | 'localeOf'>) {
  return {
    show(ctx: KoaContextWithOIDC, page: OwnPage): void {
      ctx.body = layOut(look, page)
      ours.add(ctx)
    },
    async spoken(ctx: KoaContextWithOIDC): Promise<Language> {
      const { ui_locales: asked } = { ...ctx.oidc?.params } as { ui_locales?: string }
      return languageOf(await localeOf(ctx.req), asked, ctx.get('accept-language'))
    },
  }
}

export function replacePages(provider: Provider, needs: PageNeeds): void {
  const { show, spoken } = shownBy(needs)
  const pageFor = async (ctx: KoaContextWithOIDC, form: Sending | undefined): Promise<OwnPage> => {
    const language = await spoken(ctx)
    if (!form) return refusedPage(language, { error: 'server_error' })
    // The library has no session: it would end one of ours without a question.
    if (ctx.oidc.route === 'end_session' && needs.userOf(ctx.req) !== null) {
      const fields = form.fields.filter(([name]) => name !== 'logout')
      return confirmLogoutPage(language, sendingForm({ ...form, fields }, 'op.logoutForm'))
    }
    const isOurs = form.action.startsWith(`${needs.issuer}/`)
    const application = isOurs ? null : (ctx.oidc.client?.clientName ?? null)
    return sendingPage(language, needs.look.base, form, application)
  }
  provider.use(async (koa, next) => {
    const ctx = koa as unknown as KoaContextWithOIDC
    const policy = ctx.response.get('content-security-policy')
    await next()
    const isPage = ctx.type === 'text/html' && typeof ctx.body === 'string' && !ctx.response.get('location')
    if (!isPage || ours.has(ctx)) return
    const form = formIn(ctx.body as string)
    if (!form) needs.failed(new Error(`the library answered ${ctx.oidc?.route} with a page of its own`))
    const status = form ? ctx.status : 500
    // The library added a hash of its script.
    ctx.set('content-security-policy', policy)
    show(ctx, await pageFor(ctx, form))
    ctx.status = status
  })
}

/** The form of such a page; its values are escaped already. */
function formIn(html: string): Sending | undefined {
  const action = /<form method="post" action="([^"]*)">/.exec(html)?.[1]
  if (action === undefined) return undefined
  const inputs = [...html.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"\/>/g)]
  return { action, fields: inputs.map(([, name = '', value = '']) => [name, value] as const) }
}
