/**
 * The pages that the library asks us for, and those that it writes itself, with inline script, for `response_mode=form_post` and where one of its endpoints
 * sends the browser to another by a form. Users see our pages with the same form instead.
 */
import type { IncomingMessage } from 'node:http'
import type Provider from 'oidc-provider'
import type { Configuration, KoaContextWithOIDC } from 'oidc-provider'
import { type Language, languageOf } from '../../../html/language.ts'
import { type Look, layOut, type OwnPage } from '../../../html/page-layout.ts'
import { codePage, confirmDevicePage, deviceDonePage, deviceFault } from '../pages/device.ts'
import { formOf, typedCode } from '../pages/device-form.ts'
import { confirmLogoutPage, loggedOutPage } from '../pages/logout.ts'
import { refusedPage } from '../pages/refused.ts'
import { type Sending, sendingForm, sendingPage } from '../pages/sending.ts'

export type PageNeeds = {
  issuer: string
  /** Renders the pages. */
  look: Look
  /** The user who is signed in here, also without a session of the library. */
  userOf(request: IncomingMessage): string | null
  /** The language that this user chose, or null. */
  localeOf(request: IncomingMessage): Promise<string | null>
  /** Called with internal errors. */
  failed(error: unknown): void
}

const ours = new WeakSet<object>()

/** How our pages are shown. */
function shownBy({ look, localeOf }: Pick<PageNeeds, 'look' | 'localeOf'>) {
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

type Features = NonNullable<Configuration['features']>

/** The pages that the library asks for: errors, the code of a device, and sign-out. */
export function protocolPages(needs: Pick<PageNeeds, 'look' | 'localeOf'>): {
  renderError: NonNullable<Configuration['renderError']>
} & Required<Pick<Features, 'deviceFlow' | 'rpInitiatedLogout'>> {
  const { show, spoken } = shownBy(needs)
  return {
    renderError: async (ctx, out) => {
      if (ctx.accepts('json', 'html') === 'html') {
        const { redirect_uri: uri } = ctx.query
        const requestId = ctx.res.getHeader('x-request-id')
        const received = {
          redirectUri: typeof uri === 'string' ? uri : null,
          requestId: typeof requestId === 'string' ? requestId : null,
        }
        return show(ctx, refusedPage(await spoken(ctx), out, received))
      }
      ctx.type = 'json'
      ctx.body = out
    },
    deviceFlow: {
      enabled: true,
      async userCodeInputSource(ctx, _form, _out, error) {
        if (error?.name === 'AbortedError') show(ctx, deviceDonePage(await spoken(ctx), 'device_denied'))
        else show(ctx, codePage(await spoken(ctx), formOf(ctx), typedCode(ctx), deviceFault(error?.name)))
      },
      async userCodeConfirmSource(ctx, _form, client, _device, code) {
        show(
          ctx,
          confirmDevicePage(await spoken(ctx), formOf(ctx), client.clientName ?? client.clientId, code),
        )
      },
      async successSource(ctx) {
        show(ctx, deviceDonePage(await spoken(ctx), 'device_connected'))
      },
    },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: async (ctx, form) => {
        show(ctx, confirmLogoutPage(await spoken(ctx), form))
      },
      postLogoutSuccessSource: async (ctx) => {
        show(ctx, loggedOutPage(await spoken(ctx)))
      },
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
