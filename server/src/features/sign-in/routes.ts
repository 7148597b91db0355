import { type TSchema, Type } from 'typebox'
import type { Caller } from '../../caller.ts'
import type { BrowserCookie } from '../../http/admission/browser-cookie.ts'
import type { SessionCookie } from '../../http/admission/session-cookie.ts'
import type { TrustedCookie } from '../../http/admission/trusted-cookie.ts'
import { sendBody, sendNothing } from '../../http/answers.ts'
import type { AnyReply, App } from '../../http/types.ts'
import { absoluteSeconds } from '../../lifetimes.ts'
import { entrance } from './entrance.ts'
import { secondStep } from './second-step.ts'
import type { SignIn } from './service.ts'
import { signedInShape, tokenPairShape } from './shapes.ts'

const tags = ['auth']
const secret = { minLength: 1, maxLength: 1024 }
/** Every signed-in caller may end their own session, even if the session is limited. */
const endsSession = {
  access: 'signed_in',
  whileEnrolling: true,
  whilePasswordDue: true,
  whileImpersonating: true,
} as const

type Needs = {
  signIn: Pick<
    SignIn,
    'login' | 'refresh' | 'openBrowserSession' | 'continueLogin' | 'continueBrowserSession' | 'signedIn'
  >
  logout(caller: Caller): Promise<void>
  cookie: SessionCookie
  /** The cookie with the challenge of a sign-in by mail. */
  emailCookie: BrowserCookie
  trustedCookie: TrustedCookie
  shapes: { user: TSchema; session: TSchema }
}

export const signInRoutes = (needs: Needs) => (app: App) => {
  tokenRoutes(app, needs)
  browserRoutes(app, needs)
}

/** The cookie and the cached answers of the session are removed. */
function forget(reply: AnyReply, cookie: SessionCookie): void {
  cookie.clear(reply)
  // "storage" is not cleared, because it holds the language and the theme of the pages.
  reply.header('clear-site-data', '"cache"')
}

function tokenRoutes(app: App, { signIn, logout, cookie, shapes }: Needs): void {
  const TokenPair = tokenPairShape(shapes)

  app.post(
    '/auth/login',
    {
      config: {
        access: 'public',
        errors: ['second_factor_required', 'password_breached', 'invalid_grant', 'invalid_code'],
      },
      schema: {
        operationId: 'login',
        tags,
        summary: 'Sign in with a password, a passkey or a mail',
        description:
          'Answers with an access token and a refresh token. Every failure is the same 401 `invalid_credentials`. With a second factor the answer is 401 `second_factor_required` with a `challenge` for `POST /auth/login/continue`.',
        body: Type.Object(
          { ...entrance.fields },
          {
            $id: 'Credentials',
            title: 'Credentials',
            examples: [{ username: 'alice', password: 'correct horse battery' }],
          },
        ),
        response: { 200: TokenPair },
      },
    },
    async (request, reply) =>
      sendBody(reply, await signIn.login(request.caller, entrance.read(request.body))),
  )

  app.post(
    '/auth/login/continue',
    {
      config: { access: 'public', errors: ['invalid_grant', 'invalid_code', 'invalid_passkey'] },
      schema: {
        operationId: 'continueLogin',
        tags,
        summary: 'Answer the second step of a sign-in',
        description:
          'Send the `challenge` of the first answer with one of `methods`: `totp`, `recovery_code`, `passkey` or `email_code`.',
        body: Type.Object(secondStep.fields),
        response: { 200: TokenPair },
      },
    },
    async (request, reply) => {
      const { challenge } = request.body
      const answer = secondStep.read(request.body)
      return sendBody(reply, await signIn.continueLogin(request.caller, challenge, answer))
    },
  )

  app.post(
    '/auth/refresh',
    {
      config: { access: 'public', errors: ['invalid_grant'] },
      schema: {
        operationId: 'refresh',
        tags,
        summary: 'Get a new pair of tokens with a refresh token',
        description:
          'The old refresh token works once more within 10 seconds and gives the same pair. Later use ends the session, because the token was copied.',
        body: Type.Object(
          { refresh_token: Type.String(secret) },
          { $id: 'RefreshToken', title: 'RefreshToken' },
        ),
        response: { 200: TokenPair },
      },
    },
    async (request, reply) =>
      sendBody(reply, await signIn.refresh(request.caller, request.body.refresh_token)),
  )

  app.post(
    '/auth/logout',
    {
      config: endsSession,
      schema: {
        operationId: 'logout',
        tags,
        summary: 'End the session of this token',
        description: 'Ends the session; its access and refresh tokens stop working.',
      },
    },
    async (request, reply) => {
      await logout(request.caller)
      if (request.caller.authMethods.includes('cookie')) forget(reply, cookie)
      return sendNothing(reply)
    },
  )
}

function browserRoutes(app: App, needs: Needs): void {
  const { signIn, logout, cookie, emailCookie, trustedCookie, shapes } = needs
  const SignedIn = signedInShape(shapes)

  app.post(
    '/auth/session',
    {
      config: {
        access: 'public',
        whileEnrolling: true,
        whilePasswordDue: true,
        ownPagesOnly: true,
        errors: ['second_factor_required', 'password_breached', 'invalid_grant', 'invalid_code'],
      },
      schema: {
        operationId: 'openSession',
        tags,
        summary: 'Sign in with a password, a passkey or a mail, and get a cookie, for pages of this server',
        description:
          'Like `POST /auth/login`, but the session is in an HttpOnly cookie. For pages of the same origin.',
        body: Type.Object(
          {
            ...entrance.fields,
            shared_computer: Type.Optional(
              Type.Boolean({
                default: false,
                description: 'The session ends with the browser, and after 12 hours.',
              }),
            ),
            ask_second_factor: Type.Optional(
              Type.Boolean({
                default: false,
                description: 'Asks for the second factor of the account also in a trusted browser.',
              }),
            ),
          },
          {
            $id: 'BrowserCredentials',
            title: 'BrowserCredentials',
            examples: [{ username: 'alice', password: 'correct horse battery' }],
          },
        ),
        response: { 200: SignedIn },
      },
    },
    async (request, reply) => {
      const { shared_computer = false, ask_second_factor = false, ...body } = request.body
      const trusted = ask_second_factor ? undefined : trustedCookie.read(request)
      const opened = await signIn.openBrowserSession(
        request.caller,
        entrance.read(body, emailCookie.read(request)),
        shared_computer,
        trusted,
      )
      cookie.give(reply, opened.secret, shared_computer ? null : absoluteSeconds)
      return sendBody(reply, opened.signedIn)
    },
  )

  app.post(
    '/auth/session/continue',
    {
      config: {
        access: 'public',
        whileEnrolling: true,
        whilePasswordDue: true,
        ownPagesOnly: true,
        errors: ['invalid_grant', 'invalid_code', 'invalid_passkey'],
      },
      schema: {
        operationId: 'continueSession',
        tags,
        summary: 'Answer the second step of a sign-in with a cookie',
        description:
          'Send the `challenge` of the first answer with one of `methods`: `totp`, `recovery_code`, `passkey` or `email_code`. The answer sets the cookie.',
        body: Type.Object({
          ...secondStep.fields,
          shared_computer: Type.Optional(Type.Boolean()),
          trust_browser: Type.Optional(
            Type.Boolean({
              default: false,
              description:
                'Do not ask for the second factor in this browser for `trusted_browser_days`; not on a shared computer.',
            }),
          ),
        }),
        response: { 200: SignedIn },
      },
    },
    async (request, reply) => {
      const { challenge, shared_computer = false, trust_browser = false } = request.body
      const answer = secondStep.read(request.body)
      const opened = await signIn.continueBrowserSession(request.caller, challenge, answer, {
        sharedComputer: shared_computer,
        trust: trust_browser,
      })
      cookie.give(reply, opened.secret, shared_computer ? null : absoluteSeconds)
      if (opened.trusted !== null) trustedCookie.add(request, reply, opened.trusted)
      return sendBody(reply, opened.signedIn)
    },
  )

  app.get(
    '/auth/session',
    {
      config: { access: 'signed_in', whileEnrolling: true, whilePasswordDue: true, errors: ['not_found'] },
      schema: {
        operationId: 'getSession',
        tags,
        summary: 'Read the signed-in user and the permissions',
        description: 'The user, the session and the permissions of the caller.',
        response: { 200: SignedIn },
      },
    },
    async (request, reply) => sendBody(reply, await signIn.signedIn(request.caller)),
  )

  app.delete(
    '/auth/session',
    {
      config: endsSession,
      schema: {
        operationId: 'closeSession',
        tags,
        summary: 'End the session of this cookie or token',
        description: 'The answer also removes the cookie.',
      },
    },
    async (request, reply) => {
      await logout(request.caller)
      forget(reply, cookie)
      return sendNothing(reply)
    },
  )
}
