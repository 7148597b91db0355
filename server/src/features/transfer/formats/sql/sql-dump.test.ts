import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { runs } from '../../../../../test/harness/properties.ts'
import { inChunks } from '../test-formats.ts'
import { isSqlDump, readSqlDump, tablesOf, type WantsTable } from './sql-dump.ts'

async function read(text: string, wants: WantsTable, size = 65_536) {
  async function* buffers() {
    for await (const chunk of inChunks(Buffer.from(text), size)) yield Buffer.from(chunk)
  }
  const records = (await Array.fromAsync(readSqlDump(buffers(), wants))).flat()
  return records.map((record) => ('members' in record ? record.members : record))
}

const mysql = `-- MySQL dump 10.13  Distrib 8.0.36
/*!40101 SET NAMES utf8mb4 */;
DROP TABLE IF EXISTS \`wp_posts\`;
CREATE TABLE \`wp_posts\` (
  \`ID\` bigint unsigned NOT NULL AUTO_INCREMENT,
  \`body\` text COMMENT 'a, b; (c',
  PRIMARY KEY (\`ID\`)
) ENGINE=InnoDB;
INSERT INTO \`wp_posts\` VALUES (1,'it\\'s; INSERT INTO \`wp_users\` VALUES (9,\\'x\\')'),(2,'--');
CREATE TABLE \`wp_users\` (
  \`ID\` bigint unsigned NOT NULL,
  \`user_login\` varchar(60) NOT NULL DEFAULT '',
  \`note\` decimal(10,2) DEFAULT NULL,
  KEY \`login\` (\`user_login\`)
) ENGINE=InnoDB;
LOCK TABLES \`wp_users\` WRITE;
INSERT INTO \`wp_users\` VALUES (1,'o\\'brien','1.50'),(2,'Zoë \\\\ "x", (y)\\n',NULL),
(3,'it''s',3);
UNLOCK TABLES;
`

const postgres = `--
-- PostgreSQL database dump
--

SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE FUNCTION public.f() RETURNS void AS $$ begin; insert into auth_user values (1); end $$ LANGUAGE sql;
CREATE TABLE public.auth_user (
    id integer NOT NULL,
    username character varying(150) NOT NULL,
    "password" character varying(128) DEFAULT 'a\\'::text
);
COPY public.django_session (id, data) FROM stdin;
1\tauth_user
\\.

COPY public.auth_user (id, username, password) FROM stdin;
1\tZoë\\tT\t\\N
2\tback\\\\slash\t!x
\\.

INSERT INTO public.auth_user (id, username, password) VALUES (3, 'c:\\dir', E'tab\\t');
`

const users: WantsTable = (table) => /(wp_users|auth_user)$/.test(table)

const expected: Record<string, unknown[]> = {
  [mysql]: [
    { ID: '1', user_login: "o'brien", note: '1.50' },
    { ID: '2', user_login: 'Zoë \\ "x", (y)\n' },
    { ID: '3', user_login: "it's", note: '3' },
  ],
  [postgres]: [
    { id: '1', username: 'Zoë\tT' },
    { id: '2', username: 'back\\slash', password: '!x' },
    { id: '3', username: 'c:\\dir', password: 'tab\t' },
  ],
}

describe('a dump of a database', () => {
  it('gives the rows of the wanted tables, however it is cut into chunks', async () => {
    for (const [dump, rows] of Object.entries(expected))
      for (const size of [65_536, 1000, 7, 1])
        assert.deepEqual(await read(dump, users, size), rows, `${size}`)
  })

  it('is known by its beginning', () => {
    for (const dump of [
      mysql,
      postgres,
      'BEGIN TRANSACTION;\nCREATE TABLE a (b);',
      'insert into a values (1);',
    ])
      assert.ok(isSqlDump(dump), dump)
    for (const text of [
      'email,name\na@x,A',
      'set,value\n1,2',
      '# Title',
      'select',
      '{"a":1}',
      '-- a note\nemail',
    ])
      assert.ok(!isSqlDump(text), text)
  })

  it('shows its tables and their columns', () => {
    assert.deepEqual(Object.fromEntries(tablesOf(mysql)), {
      wp_posts: ['ID', 'body'],
      wp_users: ['ID', 'user_login', 'note'],
    })
    assert.deepEqual(tablesOf(postgres).get('public.auth_user'), ['id', 'username', 'password'])
  })

  it('names the rows that do not fit', async () => {
    const [short, invalid] = await read('INSERT INTO users (a, b) VALUES (1);', () => true)
    assert.deepEqual(
      [(short as { fault: { code: string } }).fault.code, invalid],
      ['wrong_column_count', undefined],
    )
  })

  it('is skipped in bounded memory', async () => {
    const long = `INSERT INTO posts VALUES ('${'x'.repeat(3_000_000)}');\nINSERT INTO wp_users (a) VALUES ('1');`
    assert.deepEqual(await read(`-- MySQL dump\n${long}`, users), [{ a: '1' }])
  })

  it('reads what was written, for any text', async () => {
    const quote = (text: string) =>
      `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: fc.constantFrom(...'ab\'"`\\;,()-#/*$\né €') }), {
          minLength: 1,
          maxLength: 5,
        }),
        fc.integer({ min: 1, max: 40 }),
        async (texts, size) => {
          const dump = `-- MySQL dump\nINSERT INTO wp_users (a) VALUES ${texts.map((text) => `(${quote(text)})`).join(',')};\n`
          assert.deepEqual(
            await read(dump, users, size),
            texts.map((a) => ({ a })),
          )
        },
      ),
      { numRuns: runs(300) },
    )
  })

  it('has names in all languages, and with brackets and commas between quotes', async () => {
    const columns = '`Größe`, "Passwort (alt, neu)", [пароль]'
    for (const text of [
      `INSERT INTO \`людьми\` (${columns}) VALUES ('1', 'é', 'c');\n`,
      'CREATE TABLE людьми (`Größe` text, "Passwort (alt, neu)" text, пароль text);\n' +
        "INSERT INTO людьми VALUES ('1', 'é', 'c');\n",
      'COPY "людьми" ("Größe", "Passwort (alt, neu)", "пароль") FROM stdin;\n1\té\tc\n\\.\n',
    ]) {
      const expected = { Größe: '1', 'Passwort (alt, neu)': 'é', пароль: 'c' }
      for (const size of [1, 65_536]) assert.deepEqual(await read(text, () => true, size), [expected], text)
      assert.deepEqual([...tablesOf(text)], [['людьми', Object.keys(expected)]])
    }
  })
})
