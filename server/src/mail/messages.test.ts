import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { languages } from '../html/language.ts'
import { textsIn } from '../texts/texts.ts'
import { loadMessages } from './messages.ts'
import { type Phrase, phraseIn, phraseOfOlder } from './phrases.ts'

describe('mails in several languages', () => {
  it('the language of the installation counts, and phrases of the features are translated', () => {
    const messages = loadMessages({ language: 'de', folder: null, site: 'Wiki' })
    const data = { username: 'ann', at: '2026-01-01 00:00 UTC', change: { key: 'passkey_added' } } as const
    const mail = messages.render('factors-changed', data)
    assert.match(mail.text, /Ein Passkey wurde hinzugefügt.*\n\n.*den Betreiber von Wiki\./s)
    assert.match(mail.html, /<html lang="de">/)
    assert.match(
      messages.render('factors-changed', data, 'en').text,
      /A passkey was added.*operator of Wiki/s,
    )
    const french = messages.render('factors-changed', data, 'fr')
    assert.match(french.text, /Une clé d’accès a été ajoutée.*l’exploitant de Wiki/s)
    assert.match(french.html, /<html lang="fr">/)
  })

  it('durations and counts are written as the language does', () => {
    assert.equal(phraseIn('en', { seconds: 24 * 3600 }), '24 hours')
    assert.equal(phraseIn('de', { seconds: 7 * 24 * 3600 }), '7 Tage')
    assert.equal(phraseIn('fr', { seconds: 1800 }), '30 minutes')
    const used = (count: number): Phrase => ({ key: 'recovery_code_used', count })
    assert.equal(phraseIn('en', used(1)), 'A recovery code was used, 1 is left')
    assert.equal(phraseIn('en', used(9)), 'A recovery code was used, 9 are left')
  })

  it('no language leaves a placeholder in a phrase', () => {
    for (const language of languages)
      for (const key of Object.keys(textsIn(language).phrases)) {
        const phrase = { key: key.replace(/\.\w+$/, ''), count: 5, name: 'Google', program: 'p', system: 's' }
        if (key !== 'operator') assert.doesNotMatch(phraseIn(language, phrase as Phrase), /[{}]/, key)
      }
  })

  it('texts that an earlier version queued in English are translated too; names stay as they are', () => {
    const older: [string, Parameters<typeof phraseIn>[1] | string][] = [
      ['30 minutes', { seconds: 1800 }],
      ['7 days', { seconds: 7 * 86_400 }],
      ['A passkey was added', { key: 'passkey_added' }],
      ['A recovery code was used, 9 are left', { key: 'recovery_code_used', count: 9 }],
      ['An account at Example & Co. was linked', { key: 'account_linked', name: 'Example & Co.' }],
      ['Firefox on Windows', { key: 'device', program: 'Firefox', system: 'Windows' }],
      ['an unknown program', { key: 'unknown_program' }],
      ['curl', 'curl'],
    ]
    for (const [text, expected] of older) assert.deepEqual(phraseOfOlder(text), expected)
    const messages = loadMessages({ folder: null, site: 'Wiki' })
    const german = messages.render('reset-password', { username: 'ann', validity: '30 minutes' }, 'de')
    assert.match(german.text, /30 Minuten/)
    const renamed = messages.render('username-changed', { username: 'ann', change: '7 days' }, 'de')
    assert.match(renamed.text, /„7 days“/)
  })

  for (const language of ['de', 'fr'] as const)
    it(`a text of the operator without a language goes before ours, and one in the folder ${language} before it`, () => {
      const folder = mkdtempSync(join(tmpdir(), 'roster-mails-'))
      const write = (path: string, text: string) =>
        writeFileSync(join(folder, path), `Subject: Own\n\n${text}\n`)
      write('invitation.txt', 'Own text')
      const text = () => loadMessages({ language, folder, site: 'Wiki' }).render('invitation', {}).text
      assert.equal(text(), 'Own text\n')
      mkdirSync(join(folder, language))
      write(`${language}/invitation.txt`, 'Eigener Text')
      assert.equal(text(), 'Eigener Text\n')
      write(`${language}/stranger.txt`, 'Text')
      assert.throws(text, /has stranger\.txt/)
    })
})
