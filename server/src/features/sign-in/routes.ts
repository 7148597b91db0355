import { type TSchema, Type } from 'typebox'
import type { Caller } from '../../caller.ts'
import { sendNothing } from '../../http/answers.ts'
import type { App } from '../../http/app.ts'

const tags = ['auth']
const secret = { minLength: 1, maxLength: 1024 }

type Needs = {
  signIn: {
    login(caller: Caller, username: string, password: string): Promise<object>
    refresh(caller: Caller, token: string): Promise<object>
  }
  logout(caller: Caller): Promise<void>
  userShape: TSchema
}

export const signInRoutes =
  ({ signIn, logout, userShape }: Needs) =>
  (app: App) => {
    const TokenPair = Type.Object(
      {
        access_token: Type.String({ description: 'A JWT; send it as `Authorization: Bearer …`.' }),
        token_type: Type.Literal('Bearer'),
        expires_in: Type.Integer({ description: 'Seconds.' }),
        refresh_token: Type.String({ description: 'For one use with `POST /auth/refresh`.' }),
        refresh_expires_in: Type.Integer({ description: 'Seconds.' }),
        user: userShape,
      },
      { $id: 'TokenPair', title: 'TokenPair' },
    )

    app.post(
      '/auth/login',
      {
        config: { access: 'public' },
        schema: {
          operationId: 'login',
          tags,
          summary: 'Sign in with a password',
          body: Type.Object(
            {
              username: Type.String({ ...secret, description: 'A username or an e-mail address.' }),
              password: Type.String(secret),
            },
            { examples: [{ username: 'alice', password: 'correct horse battery' }] },
          ),
          response: { 200: TokenPair },
        },
      },
      async (request, reply) =>
        reply.send(
          (await signIn.login(request.caller, request.body.username, request.body.password)) as never,
        ),
    )

    app.post(
      '/auth/refresh',
      {
        config: { access: 'public', errors: ['invalid_grant'] },
        schema: {
          operationId: 'refresh',
          tags,
          summary: 'Trade a refresh token for a new pair',
          body: Type.Object({ refresh_token: Type.String(secret) }),
          response: { 200: TokenPair },
        },
      },
      async (request, reply) =>
        reply.send((await signIn.refresh(request.caller, request.body.refresh_token)) as never),
    )

    app.post(
      '/auth/logout',
      {
        config: { access: 'signed_in' },
        schema: {
          operationId: 'logout',
          tags,
          summary: 'End the session of this token',
        },
      },
      async (request, reply) => {
        await logout(request.caller)
        return sendNothing(reply)
      },
    )
  }
