/** Ten classical faults, as edits of our sources, and the test files that have to notice them. */

export type PlantedFault = {
  name: string
  file: string
  /** Each text is in the file once, and is replaced. */
  edits: readonly (readonly [before: string, after: string])[]
  tests: readonly string[]
}

export const faults: readonly PlantedFault[] = [
  {
    name: 'no unique index on usernames',
    file: 'database/migrations/0001-users.ts',
    edits: [['create unique index users_username_key', 'create index users_username_key']],
    tests: ['cases/concurrency.test.ts'],
  },
  {
    name: 'no dummy hash for an unknown name',
    file: 'features/passwords/verifying.ts',
    edits: [
      [
        'const right = await compare(own && said === undefined ? own.hash : dummyHash, typed)',
        'const right = own !== undefined && said === undefined && (await compare(own.hash, typed))',
      ],
    ],
    tests: ['security/equal-work.test.ts'],
  },
  {
    name: 'X-Forwarded-For trusted from every peer',
    file: 'http/message/address.ts',
    edits: [
      ['if (trustedProxies.length === 0 && hops === 0) return peerAddress', ''],
      ['if (count >= hops && !isTrusted(trusted, address)) break', ''],
    ],
    tests: ['http/limits.test.ts'],
  },
  {
    name: 'tokens without a signature accepted',
    file: 'features/sessions/access-tokens.ts',
    edits: [
      [
        'if (!strictForm.test(token)) throw invalid()',
        `const [head = '', body = ''] = token.split('.').map((part) => Buffer.from(part, 'base64url').toString())
    if (/"alg":"none"/i.test(head)) {
      const { sub, sid, exp } = JSON.parse(body)
      return { userId: sub, sessionId: sid, keyId: '', expiresMs: exp * 1000 }
    }
    if (!strictForm.test(token)) throw invalid()`,
      ],
    ],
    tests: ['security/tokens.test.ts'],
  },
  {
    name: 'ended sessions not asked about',
    file: 'features/sessions/bearers.ts',
    edits: [['    row.ended_at === null &&\n', '']],
    tests: ['security/revocation.test.ts'],
  },
  {
    name: 'numbers taken for texts',
    file: 'http/message/validate.ts',
    edits: [
      [
        'validator ??= Compile(closed(schema))\n    if (!validator.Check(body))',
        `for (const [name, value] of Object.entries(body as object))
      if (typeof value === 'number') Object.assign(body as object, { [name]: String(value) })
    validator ??= Compile(closed(schema))
    if (!validator.Check(body))`,
      ],
    ],
    tests: ['cases/json-body.test.ts'],
  },
  {
    name: 'a look, then an insert, and no ear for the index',
    file: 'features/users/changes/guards.ts',
    edits: [["if (!duplicateIndex(error)?.startsWith('users_')) throw error", 'throw error']],
    tests: ['cases/concurrency.test.ts'],
  },
  {
    name: 'links of mails that work again',
    file: 'features/account/store.ts',
    edits: [
      [
        `return tx
        .deleteFrom('one_time_tokens')
        .where('hash', '=', hash)
        .where('purpose', 'in', purposes)
        .where('expires_at', '>', at)
        .returningAll()`,
        `return tx
        .selectFrom('one_time_tokens')
        .selectAll()
        .where('hash', '=', hash)
        .where('purpose', 'in', purposes)
        .where('expires_at', '>', at)`,
      ],
      // A second defence: what a link does also ends the other links of the user.
      ['      else await deletePurposeOf(tx, userId, purpose)', ''],
    ],
    tests: ['account/links.test.ts'],
  },
  {
    name: 'pages by offset',
    file: 'features/users/list/store.ts',
    edits: [
      [
        `      const whole = (form: Asked) => statement(build({ ...form, columns }))
      return read(await runForm(scan, \`\${way} \${name}\`, asked, whole), page)`,
        `      const offsets: Map<string, number> = ((globalThis as Record<string, unknown>)['offsets'] ??= new Map()) as never
      const walked = JSON.stringify([query, page.limit])
      const skip = page.position ? (offsets.get(walked) ?? 0) + page.limit : 0
      offsets.set(walked, skip)
      const first = { ...page, position: null }
      return read(await statement(build({ ...asked, page: first, columns }).offset(skip)).execute(), page)`,
      ],
    ],
    tests: ['users/cursor-walks.test.ts'],
  },
  {
    name: 'the stack of an error in its answer',
    file: 'http/problems/document.ts',
    edits: [
      [
        'detail: error.detail,',
        'detail: error.cause instanceof Error ? String(error.cause.stack) : error.detail,',
      ],
    ],
    tests: ['http/answers.test.ts'],
  },
]

/** The source with the fault. @throws when the source no longer has the text that the fault replaces */
export function planted({ file, edits }: PlantedFault, source: string): string {
  let text = source
  for (const [before, after] of edits) {
    if (text.split(before).length !== 2) throw new Error(`${file} does not have this text once: ${before}`)
    text = text.replace(before, () => after)
  }
  return text
}
