import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { it } from 'node:test'
import { machineSnippet, snippets } from './snippets.ts'

const pages = { oauth2_proxy: ['oauth2-proxy.md', 'toml'], apache: ['apache.md', 'apache'] } as const

it('the commands for a machine are those that the documentation shows', () => {
  const text = readFileSync(new URL('../../../docs/connect-an-application.md', import.meta.url), 'utf8')
  const values = { issuer: 'https://users.example.com', clientId: 'ID', clientSecret: 'SECRET' }
  const [, ...commands] = machineSnippet({ ...values, scope: 'users:read' })
    .trim()
    .split('\n')
  assert.equal(commands.length, 2)
  for (const command of commands) assert.ok(text.includes(`$ ${command}\n`), command)
})

for (const [name, [page, language]] of Object.entries(pages))
  it(`the configuration for ${name} is the one that the documentation shows`, () => {
    const text = readFileSync(new URL(`../../../docs/connect/${page}`, import.meta.url), 'utf8')
    const redirectUri = /https:\/\/wiki\.example\.com\/[\w/]+/.exec(text)![0]
    const shown = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(text)![1]
    assert.equal(
      snippets[name as keyof typeof pages]({
        issuer: 'https://users.example.com',
        clientId: 'CLIENT_ID',
        clientSecret: 'CLIENT_SECRET',
        redirectUri,
        random: name === 'apache' ? 'CRYPTO_PASSPHRASE' : 'COOKIE_SECRET',
      }),
      shown,
    )
  })
