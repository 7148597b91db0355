import assert from 'node:assert/strict'
import { globSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { inGerman } from './german.ts'
import { loadMessages, messageNames } from './messages.ts'

const features = join(import.meta.dirname, '../features')
const placeholders = (text: string) => [...new Set(text.match(/\{\{\w+\}\}/g) ?? [])].sort()
const template = (path: string) => readFileSync(join(import.meta.dirname, 'templates', path), 'utf8')

describe('mails in German', () => {
  it('every mail is there, with the placeholders of the English one', () => {
    for (const name of messageNames)
      assert.deepEqual(placeholders(template(`de/${name}.txt`)), placeholders(template(`${name}.txt`)), name)
  })

  it('the language of the installation counts, and phrases of the features are translated', () => {
    const messages = loadMessages({ language: 'de', folder: null, site: 'Wiki' })
    const data = { username: 'ann', at: '2026-01-01 00:00 UTC', change: 'A passkey was added' }
    const mail = messages.render('factors-changed', data)
    assert.match(mail.text, /Ein Passkey wurde hinzugefügt.*\n\n.*den Betreiber von Wiki\./s)
    assert.match(mail.html, /<html lang="de">/)
    assert.match(
      messages.render('factors-changed', data, 'en').text,
      /A passkey was added.*operator of Wiki/s,
    )
  })

  it('every phrase that a feature tells is known', () => {
    const phrases = globSync('**/*.ts', { cwd: features }).flatMap((path) => {
      const code = readFileSync(join(features, path), 'utf8')
      const told = [...code.matchAll(/\btell\(\s*tx,\s*\w+,\s*(['`])([\s\S]*?)\1,?\s*\)/g)]
      const valid = [...code.matchAll(/validity(?: =|:) '([^']+)'/g)]
      return [...told.map(([, , text]) => text!), ...valid.map(([, text]) => text!)]
    })
    assert.ok(phrases.length >= 12, `${phrases.length} phrases`)
    for (const phrase of phrases) {
      const filled = phrase.replace(/\$\{await[^}]*\}/g, 'Google').replace(/\$\{[^}]*\}/g, '7')
      assert.notEqual(inGerman('change', filled), filled)
    }
  })

  it('a text of the operator without a language goes before ours, and one in the folder `de` before it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'roster-mails-'))
    const write = (path: string, text: string) =>
      writeFileSync(join(folder, path), `Subject: Own\n\n${text}\n`)
    write('invitation.txt', 'Own text')
    const language = 'de' as const
    const text = () => loadMessages({ language, folder, site: 'Wiki' }).render('invitation', {}).text
    assert.equal(text(), 'Own text\n')
    mkdirSync(join(folder, 'de'))
    write('de/invitation.txt', 'Eigener Text')
    assert.equal(text(), 'Eigener Text\n')
    write('de/stranger.txt', 'Text')
    assert.throws(text, /has stranger\.txt/)
  })
})
