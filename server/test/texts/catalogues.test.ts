/** Each language has every text of mails, pages and the web interface. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { languages as ofConsole } from '../../../console/src/text/language.ts'
import { languageNames, languages } from '../../src/html/language.ts'
import { messageNames } from '../../src/mail/messages.ts'
import { problems } from '../../src/problems/problems.ts'
import { type Catalogue, faultsOf, flat } from './catalogue.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const folders = ['server/src/texts', 'console/src/text', 'console/src/sign-in/text']
const templates = `${root}server/src/mail/templates`
const read = (path: string) => flat(JSON.parse(readFileSync(`${root}${path}`, 'utf8')) as object)

describe('the languages', () => {
  it('are the same for the server and the web interface', () => {
    assert.deepEqual(Object.entries(ofConsole), Object.entries(languageNames))
    for (const folder of folders) {
      const files = readdirSync(`${root}${folder}`).filter((file) => file.endsWith('.json'))
      assert.deepEqual(files.sort(), languages.map((language) => `${language}.json`).sort(), folder)
    }
  })

  for (const language of languages)
    it(`have every text, with its placeholders and plurals, in ${language}`, () => {
      for (const folder of folders) {
        const faults = faultsOf(language, read(`${folder}/en.json`), read(`${folder}/${language}.json`))
        assert.deepEqual(faults, [], folder)
      }
    })

  for (const language of languages)
    it(`have every mail, with its subject and placeholders, in ${language}`, () => {
      const mails = (folder: string): Catalogue =>
        Object.fromEntries(
          messageNames.flatMap((name) => {
            const [subject = '', ...text] = readFileSync(`${folder}/${name}.txt`, 'utf8').split('\n')
            assert.match(subject, /^Subject: \S/, `${folder}/${name}`)
            return [
              [`${name}.subject`, subject],
              [`${name}.text`, text.join('\n')],
            ]
          }),
        )
      const own = mails(language === 'en' ? templates : `${templates}/${language}`)
      assert.deepEqual(faultsOf(language, mails(templates), own), [])
    })

  it('show the titles of problems in English as the API does', () => {
    const { titles } = JSON.parse(readFileSync(`${root}server/src/texts/en.json`, 'utf8')).errors
    for (const [code, title] of Object.entries(titles))
      assert.equal(title, problems[code as keyof typeof problems].title, code)
  })
})

describe('the comparison of catalogues', () => {
  const english = { plain: 'Hello {name}', 'rows.one': '{count} row', 'rows.other': '{count} rows' }
  const compare = (other: Catalogue) =>
    faultsOf('de', english, { ...english, plain: 'Hallo {name}', ...other })

  it('finds what is missing, unknown, empty, changed or left in English', () => {
    const rows = { 'rows.one': '{count} Zeile', 'rows.other': '{count} Zeilen' }
    assert.deepEqual(compare(rows), [])
    assert.deepEqual(compare({ ...rows, plain: 'Hallo' }), [
      'plain has not the placeholders of: Hello {name}',
    ])
    assert.deepEqual(compare({ ...rows, plain: ' ' }), ['plain is empty'])
    assert.deepEqual(compare({ ...rows, plain: 'Hello {name}' }), ['plain is not translated: Hello {name}'])
    assert.deepEqual(compare({ ...rows, other: 'x' }), ['other is unknown'])
    assert.deepEqual(compare({ 'rows.one': '{count} Zeile' }), ['rows.other is not translated: {count} rows'])
    assert.deepEqual(faultsOf('de', english, { plain: 'Hallo {name}', 'rows.one': '{count} Zeile' }), [
      'rows.other is missing',
    ])
  })
})
