/** The names that columns have in other systems and in other languages, and the fields that they mean. */
import { snakeCase } from '../formats/fields.ts'

/** The names of each field: first those of systems, then German, French, Spanish, Portuguese, Italian, Polish, Japanese. */
const aliases: Record<string, string[]> = {
  username: [
    ...['username', 'user_name', 'login', 'user_login', 'login_name', 'uid', 'user', 'account_name'],
    ...['benutzername', 'benutzer', 'anmeldename', 'nutzername', 'nom_d_utilisateur', 'nom_utilisateur'],
    ...['utilisateur', 'identifiant', 'pseudo', 'nombre_de_usuario', 'usuario', 'nome_de_usuario'],
    ...['nome_de_utilizador', 'utilizador', 'nome_utente', 'utente', 'nazwa_uzytkownika', 'uzytkownik'],
    ...['ユーザー名', 'ユーザ名', 'ユーザーid', 'ログイン名', 'ログインid', 'アカウント名'],
  ],
  email: [
    ...['email', 'mail', 'e_mail', 'email_address', 'user_email', 'mail_address', 'primary_email'],
    ...['e_mail_address', 'e_mail_adresse', 'email_adresse', 'mailadresse', 'adresse_e_mail'],
    ...['adresse_email', 'adresse_mail', 'courriel', 'correo', 'correo_electronico', 'email_usuario'],
    ...[
      'endereco_de_email',
      'endereco_de_e_mail',
      'correio_eletronico',
      'indirizzo_email',
      'posta_elettronica',
    ],
    ...[
      'indirizzo_e_mail',
      'adres_e_mail',
      'adres_email',
      'メール',
      'メールアドレス',
      'eメール',
      '電子メール',
    ],
  ],
  email_verified: [
    ...['email_verified', 'is_email_verified', 'is_verified', 'verified', 'email_confirmed', 'mail_verified'],
    ...['email_verified_at', 'verified_at', 'email_confirmed_at', 'confirmed_at', 'email_is_verified'],
    ...[
      'verifiziert',
      'bestatigt',
      'e_mail_bestatigt',
      'email_bestatigt',
      'verifie',
      'email_verifie',
      'confirme',
    ],
    ...[
      'verificado',
      'confirmado',
      'correo_verificado',
      'email_verificado',
      'verificato',
      'email_verificata',
    ],
    ...['confermato', 'zweryfikowany', 'potwierdzony', 'メール確認済み', '確認済み', '認証済み'],
  ],
  first_name: [
    ...['first_name', 'firstname', 'given_name', 'givenname', 'forename', 'name_first', 'vorname', 'rufname'],
    ...['prenom', 'nombre', 'primer_nombre', 'nombre_de_pila', 'primeiro_nome', 'nome_proprio', 'imie', '名'],
    ...['nome', '名前_名'],
  ],
  last_name: [
    ...['last_name', 'lastname', 'family_name', 'familyname', 'surname', 'sn', 'name_last', 'nachname'],
    ...[
      'familienname',
      'nom',
      'nom_de_famille',
      'apellido',
      'apellidos',
      'sobrenome',
      'ultimo_nome',
      'apelido',
    ],
    ...['cognome', 'nazwisko', '姓', '苗字', '名字', '名前_姓'],
  ],
  status: [
    ...['status', 'account_status', 'user_status', 'kontostatus', 'statut', 'situacao', 'stan_konta'],
    ...['状態', 'ステータス', '状況'],
  ],
  enabled: [
    ...[
      'enabled',
      'active',
      'is_active',
      'is_enabled',
      'activated',
      'aktiv',
      'aktiviert',
      'actif',
      'active_e',
    ],
    ...['activo', 'habilitado', 'ativo', 'attivo', 'abilitato', 'aktywny', 'wlaczony', '有効', 'アクティブ'],
  ],
  disabled: [
    ...['disabled', 'blocked', 'banned', 'suspended', 'inactive', 'is_disabled', 'is_blocked', 'is_banned'],
    ...['is_suspended', 'deaktiviert', 'gesperrt', 'inaktiv', 'desactive', 'bloque', 'inactif', 'suspendu'],
    ...['bloqueado', 'deshabilitado', 'inactivo', 'desativado', 'inativo', 'disattivato', 'bloccato'],
    ...['disabilitato', 'zablokowany', 'nieaktywny', '無効', '停止', 'ブロック'],
  ],
  roles: [
    ...[
      'roles',
      'role',
      'user_roles',
      'rolle',
      'rollen',
      'rol',
      'funcao',
      'funcoes',
      'papel',
      'ruolo',
      'ruoli',
    ],
    ...['rola', 'role_uzytkownika', 'ロール', '役割', '権限'],
  ],
  id: ['id', 'uuid', 'user_id', 'benutzer_id', 'id_utilisateur', 'id_usuario', 'id_utente', 'id_uzytkownika'],
  external_id: [
    'external_id',
    'externalid',
    'externe_id',
    'id_externe',
    'id_externo',
    'id_esterno',
    '外部id',
  ],
  metadata: ['metadata'],
  profile: ['profile'],
  password: [
    ...['password', 'passwd', 'pass', 'plain_password', 'initial_password', 'passwort', 'kennwort'],
    ...[
      'mot_de_passe',
      'contrasena',
      'clave_de_acceso',
      'senha',
      'palavra_passe',
      'parola_d_ordine',
      'haslo',
    ],
    ...['パスワード', '暗証番号'],
  ],
  password_hash: [
    ...['password_hash', 'passwordhash', 'hashed_password', 'encrypted_password', 'password_digest'],
    ...['hash', 'pass_hash', 'user_pass', 'user_password', 'passwort_hash', 'hash_password', 'haslo_hash'],
    ...['hash_du_mot_de_passe', 'hash_de_contrasena', 'hash_da_senha', 'パスワードハッシュ'],
  ],
  created_at: [
    ...['created_at', 'created', 'created_on', 'creation_date', 'registered_at', 'user_registered'],
    ...[
      'signup_date',
      'date_joined',
      'joined_at',
      'join_date',
      'user_regdate',
      'regdate',
      'registration_date',
    ],
    ...['erstellt', 'erstellt_am', 'registriert_am', 'cree_le', 'date_de_creation', 'date_d_inscription'],
    ...['creado', 'creado_el', 'fecha_de_creacion', 'fecha_de_registro', 'criado_em', 'data_de_criacao'],
    ...['data_de_registo', 'data_de_cadastro', 'creato_il', 'data_di_creazione', 'data_di_registrazione'],
    ...['utworzono', 'data_utworzenia', 'data_rejestracji', '作成日', '作成日時', '登録日', '登録日時'],
  ],
  updated_at: [
    ...[
      'updated_at',
      'updated',
      'modified_at',
      'last_modified',
      'updated_on',
      'geandert_am',
      'aktualisiert_am',
    ],
    ...[
      'modifie_le',
      'mis_a_jour_le',
      'actualizado',
      'fecha_de_actualizacion',
      'atualizado_em',
      'aggiornato_il',
    ],
    ...['zaktualizowano', '更新日', '更新日時'],
  ],
  last_login_at: [
    ...['last_login_at', 'last_login', 'last_sign_in_at', 'last_signin', 'last_seen_at', 'user_lastvisit'],
    ...['last_login_date', 'lastvisit', 'letzte_anmeldung', 'letzter_login', 'derniere_connexion'],
    ...['ultimo_acceso', 'ultimo_inicio_de_sesion', 'ultimo_acesso', 'ultimo_login', 'ultimo_accesso'],
    ...['ostatnie_logowanie', '最終ログイン', '最終ログイン日時'],
  ],
}

/** The fields that a column can be said to be, with those that only an import knows. */
export const fieldNames: readonly string[] = Object.keys(aliases)

/** Small letters without accents, words joined by `_`: `Prénom` becomes `prenom`, `E-Mail` becomes `e_mail`. */
function plainName(name: string): string {
  return snakeCase(name.trim())
    .normalize('NFKD')
    .toLowerCase()
    .replace(/ł/g, 'l')
    .replace(/ß/g, 'ss')
    .replace(/(?<=\p{Script=Latin})\p{M}+/gu, '')
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_+|_+$/g, '')
}

const fieldOfAlias = new Map(
  Object.entries(aliases).flatMap(([field, names]) =>
    names.map((name): [string, string] => [plainName(name), field]),
  ),
)

/** Words that mean another field when its neighbour is there: Italian `nome` beside `cognome`, Portuguese `nome` alone is the whole name. */
const needsNeighbour: Record<string, string> = {
  nom: 'first_name',
  nome: 'last_name',
  nombre: 'last_name',
  名: 'last_name',
}

/** The names of fields in place of those of columns; a column that is none keeps its own. */
export function columnsOf(header: readonly string[]): (string | undefined)[] {
  const plain = header.map(plainName)
  const meant = new Set(plain.map((name) => fieldOfAlias.get(name)))
  const taken = new Set<string>()
  return header.map((column, index) => {
    const own = column.trim() || `column_${index + 1}`
    const alone = needsNeighbour[plain[index]!]
    const field = alone !== undefined && !meant.has(alone) ? undefined : fieldOfAlias.get(plain[index]!)
    let name = field === undefined || taken.has(field) ? own : field
    // A column whose own name is that of another field, or is written twice.
    for (let count = 2; taken.has(name) || (name !== field && Object.hasOwn(aliases, name)); count++)
      name = `${own}_${count}`
    taken.add(name)
    return name.split('.').includes('__proto__') ? undefined : name
  })
}
