/** Serves the web interface: the sign-in page, the account pages and the console. */

import { Type } from 'typebox'
import { AppError } from '../errors.ts'
import { type LookSettings, lookOf } from '../html/page-layout.ts'
import { pagePolicy } from '../html/page-policy.ts'
import { sendBody } from '../http/answers.ts'
import { encodingFor } from '../http/message/media-types.ts'
import type { AnyReply, App } from '../http/types.ts'
import { createUiBuilds, type UiPage } from './ui-build.ts'

const contentSecurityPolicy = pagePolicy({ 'img-src': "'self' data:", 'trusted-types': "'none'" })

const types: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  webp: 'image/webp',
}

const notBuilt = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="2">
<title>Roster</title>
<main>
<h1>One moment</h1>
<p>The pages are being built. This page loads again by itself.</p>
</main>
</html>
`

type Installation = LookSettings & {
  signup: 'open' | 'closed' | 'invite'
  passwordMinLength: number
  recycleDays: number
  emailLink: boolean
  email: 'required' | 'optional'
  impersonation: 'off' | 'on'
}

export const uiPages =
  (config: Installation, version: string, isSetUp: () => Promise<boolean>) =>
  (app: App): void => {
    const signup = config.signup === 'open'
    const look = lookOf(config)
    const settings = {
      ...{ name: config.appName, signup, emailLink: config.emailLink, version },
      emailOptional: config.email === 'optional',
      impersonation: config.impersonation === 'on',
      passwordMinLength: config.passwordMinLength,
      recycle_days: config.recycleDays,
      ...{ logo: look.logo, termsUrl: look.termsUrl, privacyUrl: look.privacyUrl },
    }
    const currentBuild = createUiBuilds(look, settings)

    const servePage = (path: string, page: UiPage) =>
      app.get(
        path,
        {
          config: { access: 'public', hidden: true, unlimited: true, produces: ['text/html'] },
          schema: { querystring: Type.Object({}, { additionalProperties: true }) },
        },
        async (request, reply) => {
          if (startsWithSetUp(request.url) && !(await isSetUp().catch(() => true))) return leadToSetUp(reply)
          const build = await currentBuild()
          if (!build) reply.code(503)
          reply.header('content-security-policy', contentSecurityPolicy)
          return send(reply, 'text/html; charset=utf-8', build?.html(page) ?? notBuilt)
        },
      )
    servePage('/sign-in', 'sign-in')
    if (signup) servePage('/sign-up', 'sign-in')
    for (const path of ['/account', '/account/*', '/console', '/console/*']) servePage(path, 'app')

    app.get(
      '/assets/:name',
      {
        config: { access: 'public', hidden: true, unlimited: true, produces: Object.values(types) },
        schema: { params: Type.Object({ name: Type.String() }) },
      },
      async (request, reply) => {
        const { name } = request.params
        const encoding = encodingFor(request.headers['accept-encoding'])
        const bytes = await (await currentBuild())?.asset(name, encoding)
        if (!bytes) throw new AppError('not_found')
        reply.header('cache-control', 'public, max-age=31536000, immutable')
        reply.header('vary', 'Accept-Encoding, Origin')
        if (encoding) reply.header('content-encoding', encoding)
        return send(reply, types[name.split('.').at(-1)!]!, bytes)
      },
    )
  }

/** The console, and the sign-in page unless an application or a link led to it. */
function startsWithSetUp(url: string): boolean {
  return url === '/sign-in' || /^\/console(?![^/?])/.test(url)
}

function leadToSetUp(reply: AnyReply): never {
  reply.code(303)
  reply.header('location', '/console/setup')
  return sendBody(reply)
}

function send(reply: AnyReply, type: string, content: string | Buffer): never {
  reply.header('content-type', type)
  return sendBody(reply, content)
}
