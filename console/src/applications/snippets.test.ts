import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { it } from 'node:test'
import { snippets } from './snippets.ts'

const pages = { oauth2_proxy: ['oauth2-proxy.md', 'toml'], apache: ['apache.md', 'apache'] } as const

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
