import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { columnsOf } from './column-names.ts'

const fields = ['username', 'email', 'first_name', 'last_name', 'enabled', 'created_at', 'password']

describe('the names of columns', () => {
  for (const [language, header] of Object.entries({
    English: ['User Name', 'E-Mail Address', 'Given name', 'Surname', 'Active', 'Created on', 'Password'],
    German: ['Benutzername', 'E-Mail-Adresse', 'Vorname', 'Nachname', 'Aktiv', 'Erstellt am', 'Passwort'],
    French: ["Nom d'utilisateur", 'Adresse e-mail', 'Prénom', 'Nom', 'Actif', 'Créé le', 'Mot de passe'],
    Spanish: ['Usuario', 'Correo electrónico', 'Nombre', 'Apellidos', 'Activo', 'Creado el', 'Contraseña'],
    Portuguese: ['Utilizador', 'Endereço de email', 'Nome', 'Sobrenome', 'Ativo', 'Criado em', 'Senha'],
    Italian: ['Nome utente', 'Indirizzo e-mail', 'Nome', 'Cognome', 'Attivo', 'Creato il', 'Password'],
    Polish: ['Nazwa użytkownika', 'Adres e-mail', 'Imię', 'Nazwisko', 'Aktywny', 'Data utworzenia', 'Hasło'],
    Japanese: ['ユーザー名', 'メールアドレス', '名', '姓', '有効', '作成日', 'パスワード'],
  })) {
    it(`are understood in ${language}, however the letters are composed`, () => {
      assert.deepEqual(columnsOf(header), fields)
      assert.deepEqual(columnsOf(header.map((name) => ` ${name.normalize('NFD').toUpperCase()} `)), fields)
    })
  }

  it('are not taken for a part of the name when the other part is missing', () => {
    assert.deepEqual(columnsOf(['email', 'Nom']), ['email', 'Nom'])
    assert.deepEqual(columnsOf(['email', 'Nombre', 'Apellido']), ['email', 'first_name', 'last_name'])
  })

  it('are understood behind the name of an object about the user, unless another column says the same', () => {
    const header = [
      'user.firstName',
      'profile.login',
      'emails.0.address',
      'emails[0].verified',
      'user.created',
    ]
    assert.deepEqual(columnsOf(header), [
      ...['first_name', 'username', 'email', 'email_verified', 'created_at'],
    ])
    const doubled = ['account.id', 'profile.email', 'id', 'email', 'manager.email', 'user.shoe']
    assert.deepEqual(columnsOf(doubled), [
      ...['account.id', 'profile.email', 'id', 'email', 'manager.email', 'user.shoe'],
    ])
  })

  it('are understood without the signs between words', () => {
    assert.deepEqual(columnsOf(['sAMAccountName', 'emailverified', 'createat', 'deleteat']), [
      'username',
      'email_verified',
      'created_at',
      'disabled',
    ])
  })

  it('stay as they are when they mean no field, or one that is taken', () => {
    assert.deepEqual(columnsOf(['mail', 'E-Mail', 'Ort', '', 'state']), [
      'email',
      'E-Mail',
      'Ort',
      'column_4',
      'state',
    ])
  })
})
