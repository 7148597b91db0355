/** Columns of other systems about the state of an account: a disabled account must not become active. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { detectFormat, itemsOf } from '../formats/test-formats.ts'

const bcrypt = '$2b$04$yNlujh7EOn8opdJCJyEvP.t9.DGItbzj6K00PadMmXojpOCSEU7zG'

async function statusesOf(csv: string): Promise<[format: string, ...statuses: unknown[]]> {
  const format = detectFormat(csv)!.format.name
  const items = await itemsOf(format, csv)
  return [format, ...items.map((item) => ('user' in item ? item.user.status : item))]
}

describe('the status of an account', () => {
  it('counts in the tables of frameworks, under any name', async () => {
    const laravel = 'email,password,remember_token,is_active,banned_at'
    const rows = [`a@x.org,${bcrypt},,0,`, `b@x.org,${bcrypt},,1,2024-02-01`, `c@x.org,${bcrypt},,1,`]
    const found = await statusesOf([laravel, ...rows, ''].join('\n'))
    assert.deepEqual(found, ['laravel', 'disabled', 'disabled', 'active'])
  })

  it('is that of a word within a longer one', async () => {
    const words = ['active', 'blocked', 'ldap_blocked', 'blocked_pending_approval', 'not_blocked', 'Bavaria']
    const rows = words.map((word, index) => `${index}@x.org,${bcrypt},,${word}`)
    const found = await statusesOf(
      ['email,encrypted_password,reset_password_token,state', ...rows, ''].join('\n'),
    )
    assert.deepEqual(found, ['devise', 'active', 'disabled', 'disabled', 'disabled', 'active', 'active'])
  })

  it('is 10 for an active account of Yii', async () => {
    const csv = 'email,auth_key,status\na@x.org,k,10\nb@x.org,k,9\nc@x.org,k,0\n'
    assert.deepEqual(await statusesOf(csv), ['csv', 'active', 'disabled', 'disabled'])
    assert.deepEqual(await statusesOf('email,status\na@x.org,10\n'), ['csv', 'disabled'])
  })

  it('closes an account by each column and word that says so', async () => {
    const closing = [
      ...['Konto gesperrt,ja', 'Gesperrt am,01.02.2024', 'Benutzerstatus,inaktiv', 'Status,Gelöscht'],
      ...['Account Locked,Yes', 'accountDisabled,TRUE', 'can_login,false', 'terminated,1', 'is_frozen,1'],
      ...['Statut du compte,suspendu', 'Compte actif,non', 'Désactivé le,01/02/2024', 'Bloqué,Oui'],
      ...['Estado de la cuenta,bloqueada', 'Cuenta activa,no', 'Conta ativa,não', 'Situação,Excluído'],
      ...['Stato account,disattivato', 'Konto zablokowane,tak', 'Aktywne,nie', 'Статус,Заблокирован'],
      ...['状态,禁用', '상태,차단', 'accountNonLocked,false', 'del_flag,1', 'account_expired,true'],
      ...['lifecycle_status,DEPROVISIONED', 'ban_expires,2999-01-01', 'blacklisted,true', 'Ban,1'],
    ]
    for (const text of closing) {
      const [name, value] = text.split(',')
      assert.deepEqual(await statusesOf(`email,${name}\na@x.org,${value}\n`), ['csv', 'disabled'], text)
    }
  })

  it('is that of a state in other languages, unless it is that of an address', async () => {
    for (const name of ['Estado', 'Stato', 'État', 'Stan']) {
      const csv = `email,${name}\na@x.org,Bloqueado\nb@x.org,Activo\nc@x.org,Madrid\n`
      assert.deepEqual(await statusesOf(csv), ['csv', 'disabled', 'active', undefined], name)
    }
  })

  it('is not that of a connection to a chat', async () => {
    const csv = 'email,status,active\na@x.org,offline,true\nb@x.org,online,false\nc@x.org,away,\n'
    assert.deepEqual(await statusesOf(csv), ['csv', 'active', 'disabled', undefined])
  })

  it('is a flag of Active Directory', async () => {
    const csv = 'mail,userAccountControl\na@x.org,512\nb@x.org,514\nc@x.org,66050\n'
    assert.deepEqual(await statusesOf(csv), ['csv', undefined, 'disabled', 'disabled'])
  })

  it('is disabled for a number that is not known, and for a time of deletion', async () => {
    assert.deepEqual(await statusesOf('email,is_activated\na@x.org,1\nb@x.org,11\nc@x.org,0\n'), [
      'csv',
      'active',
      'disabled',
      'disabled',
    ])
    assert.deepEqual(await statusesOf('email,deleteat\na@x.org,0\nb@x.org,1710000000000\n'), [
      'csv',
      'active',
      'disabled',
    ])
  })
})

describe('a user principal name', () => {
  it('is the address of a user without one; a computer is no user', async () => {
    const csv = 'SamAccountName,EmailAddress,UserPrincipalName\nann,,ann@corp.example.com\n'
    const [item] = await itemsOf('csv', csv)
    assert.ok(item && 'user' in item)
    assert.deepEqual([item.user.username, item.user.email], ['ann', 'ann@corp.example.com'])
    const entry = (lines: string) => `dn: CN=x,DC=example,DC=com\nobjectClass: user\n${lines}\n`
    const ldif = [
      entry(
        'sAMAccountName: ann\nuserPrincipalName: ann@corp.example.com\nlastLogonTimestamp: 133497054000000000',
      ),
      entry('objectClass: computer\nsAMAccountName: PC1$'),
    ].join('\n')
    const [ann, computer] = await itemsOf('ldif', ldif)
    assert.ok(ann && 'user' in ann && computer && 'skipped' in computer)
    assert.equal(ann.user.email, 'ann@corp.example.com')
    assert.equal(ann.user.last_login_at, '2024-01-14T11:30:00.000Z')
  })
})
