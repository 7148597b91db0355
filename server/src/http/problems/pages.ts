/** The pages at the `type` URLs of problem documents. */

import { Type } from 'typebox'
import { keysOf } from '../../encoding/keys.ts'
import { AppError, type ErrorCode } from '../../errors.ts'
import { escapeHtml } from '../../html/escape.ts'
import { type Look, layOut } from '../../html/page-layout.ts'
import { problems } from '../../problems/problems.ts'
import { sendBody } from '../answers.ts'
import { negotiate } from '../message/media-types.ts'
import { json } from '../route-plan.ts'
import type { AnyReply, AnyRequest, App } from '../types.ts'
import { errorPagePolicy } from './error-page.ts'

const html = 'text/html'
const both = [json, html] as const

const Problem = Type.Object(
  { code: Type.String(), status: Type.Integer(), title: Type.String(), explanation: Type.String() },
  { $id: 'ProblemExplanation', title: 'ProblemExplanation' },
)

/** `GET /problems` and `GET /problems/:code`: HTML for browsers, JSON for programs. */
export const problemPages =
  (look: Look) =>
  (app: App): void => {
    const config = { access: 'public' as const, produces: both }
    app.get(
      '/problems',
      {
        config,
        schema: {
          operationId: 'listProblems',
          tags: ['about'],
          summary: 'List all error codes',
          description:
            'Every `code` that an error of this service can have, with its status and what a client should do. As a page in a browser.',
          response: { 200: Type.Array(Problem) },
        },
      },
      async (request, reply) =>
        answer(request, reply, codes().map(entry), page(look, 'Problems', codes().map(section).join('\n'))),
    )
    app.get(
      '/problems/:code',
      {
        config,
        schema: {
          operationId: 'getProblem',
          tags: ['about'],
          summary: 'Read what an error code means',
          description: 'The page that the `type` of a problem document points to.',
          params: Type.Object({ code: Type.String() }),
          response: { 200: Problem },
        },
      },
      async (request, reply) => {
        const code = request.params.code
        if (!isCode(code)) throw new AppError('not_found')
        return answer(request, reply, entry(code), page(look, problems[code].title, section(code)))
      },
    )
  }

function codes(): ErrorCode[] {
  return keysOf(problems)
}

function isCode(text: string): text is ErrorCode {
  return Object.hasOwn(problems, text)
}

function entry(code: ErrorCode) {
  return { code, ...problems[code] }
}

function answer(request: AnyRequest, reply: AnyReply, data: unknown, text: string): never {
  reply.header('cache-control', 'public, max-age=3600')
  reply.header('vary', 'Accept, Origin')
  if (negotiate(request.headers.accept, both) === json) return sendBody(reply, data)
  reply.header('content-security-policy', errorPagePolicy)
  reply.header('content-type', `${html}; charset=utf-8`)
  return sendBody(reply, text)
}

function section(code: ErrorCode): string {
  const { status, title, explanation } = problems[code]
  const words = escapeHtml(explanation).replace(/`([^`]+)`/g, '<code>$1</code>')
  return `<h2 id="${code}">${status} <code>${code}</code></h2>\n<p><strong>${escapeHtml(title)}.</strong> ${words}</p>`
}

function page(look: Look, title: string, content: string): string {
  const all = `<p class="after"><a href="${escapeHtml(look.base)}/problems">All problems</a></p>`
  return layOut(look, {
    language: 'en',
    title,
    description: 'What the error codes of Roster mean.',
    content: `${content}\n${all}`,
    isArticle: true,
  })
}
