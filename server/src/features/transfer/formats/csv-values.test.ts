import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { itemsOf, summary } from './test-formats.ts'

async function usersOf(text: string) {
  const items = await itemsOf('csv', text)
  return items.map((item) => ('user' in item ? item.user : item))
}

describe('the values of a CSV', () => {
  it('are empty when they say that there is nothing', async () => {
    for (const nothing of ['NULL', '\\N', 'N/A', '0000-00-00', '0000-00-00 00:00:00', '  ', '']) {
      const users = await usersOf(
        `email,username,first_name,password,created_at,external_id,team\na@x${`,${nothing}`.repeat(6)}`,
      )
      assert.deepEqual(users, [{ email: 'a@x' }], nothing)
    }
  })

  it('are kept when they only resemble that', async () => {
    const users = await usersOf('email,last_name,team\na@x,Null,NULLs')
    assert.deepEqual(users, [{ email: 'a@x', last_name: 'Null', metadata: { team: 'NULLs' } }])
  })

  it('are verified when the column for it holds a date', async () => {
    for (const name of ['email_verified_at', 'emailVerified', 'is_verified', 'verified_at']) {
      const users = await usersOf(`email,${name}\na@x,2024-01-15 10:30:00.000\nb@x,NULL\nc@x,true\nd@x,0`)
      const expected = [true, undefined, true, false].map((email_verified, index) => ({
        email: `${'abcd'[index]}@x`,
        ...(email_verified !== undefined && { email_verified }),
      }))
      assert.deepEqual(users, expected, name)
    }
  })

  it('are none in a row of delimiters and blanks, which is skipped', async () => {
    const items = await itemsOf('csv', 'email,first_name,team\n,,\na@x,A,\n\n , ,\t\nb@x,B,\n,,')
    const skipped = 'skipped: a row of separators only'
    assert.deepEqual(summary(items), [`2 ${skipped}`, '3 user', `5 ${skipped}`, '6 user', `7 ${skipped}`])
  })

  it('keep their text in an export of Roster', async () => {
    const header =
      'id,username,email,email_verified,first_name,last_name,status,roles,external_id,metadata,created_at,updated_at,last_login_at'
    const [item] = await itemsOf('roster', `${header}\n,ann,a@example.com,true,NULL,N/A,active,,,,,,`)
    assert.ok(item && 'user' in item, JSON.stringify(item))
    assert.equal(item.user.first_name, 'NULL')
    assert.equal(item.user.last_name, 'N/A')
  })
})
