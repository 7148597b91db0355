import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { folderFor } from './judge.ts'
import { codeOf, issuerOfPage, judge } from './protected.ts'

describe('docs/tasks/protect-an-api.md', () => {
  for (const name of ['express', 'fastify'])
    it(`${name} accepts valid access tokens, and no others`, (t) =>
      judge(t, ({ issuer, port }) => {
        const folder = folderFor(t, name)
        const code = codeOf('js', `@roster/sdk/${name}`)
          .replace(issuerOfPage, issuer)
          .replace('3000', String(port))
        writeFileSync(join(folder, 'app.mjs'), code)
        return { command: [process.execPath, 'app.mjs'], cwd: folder }
      }))
})
