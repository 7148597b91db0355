/** The names of columns in other systems and languages. */
import { moreAliases } from './more-aliases.ts'

/** The blank-separated names in a text. */
function names([text = '']: TemplateStringsArray): string[] {
  return text.trim().split(/\s+/)
}

/** The names of each field: first those of systems, then German, French, Spanish, Portuguese, Italian, Polish, Japanese. */
const ofSystems: Record<string, string[]> = {
  username: names`
    username user_name login user_login login_name uid user account_name loginname screen_name
    sam_account_name user_principal_name handle member_name lower_name login_id benutzername benutzer anmeldename
    nutzername nom_d_utilisateur nom_utilisateur utilisateur identifiant pseudo nombre_de_usuario
    usuario nome_de_usuario nome_de_utilizador utilizador nome_utente utente nazwa_uzytkownika
    uzytkownik ユーザー名 ユーザ名 ユーザーid ログイン名 ログインid アカウント名
  `,
  email: names`
    email mail e_mail email_address user_email mail_address primary_email e_mail_1 email_1
    contact_email login_email primary_email_address email_addr user_mail email_id e_mail_address
    e_mail_adresse email_adresse mailadresse adresse_e_mail adresse_email adresse_mail courriel correo
    correo_electronico email_usuario endereco_de_email endereco_de_e_mail correio_eletronico
    indirizzo_email posta_elettronica indirizzo_e_mail adres_e_mail adres_email メール メールアドレス eメール 電子メール
  `,
  email_verified: names`
    email_verified is_email_verified is_verified verified email_confirmed mail_verified
    email_verified_at verified_at email_confirmed_at confirmed_at email_is_verified confirmed
    is_confirmed email_validated is_email_confirmed email_verified_on email_verification
    verified_email user_email_authenticated email_authenticated email_verified_date verifiziert bestatigt e_mail_bestatigt email_bestatigt verifie email_verifie
    confirme verificado confirmado correo_verificado email_verificado verificato email_verificata
    confermato zweryfikowany potwierdzony メール確認済み 確認済み 認証済み
  `,
  first_name: names`
    first_name firstname given_name givenname forename name_first vorname rufname prenom nombre
    primer_nombre nombre_de_pila primeiro_nome nome_proprio imie 名 nome 名前_名
  `,
  last_name: names`
    last_name lastname family_name familyname surname sn name_last nachname familienname nom
    nom_de_famille apellido apellidos sobrenome ultimo_nome apelido cognome nazwisko 姓 苗字 名字 名前_姓
  `,
  status: names`
    status account_status user_status user_state account_state kontostatus statut situacao stan_konta
    lifecycle_status benutzerstatus statut_du_compte statut_compte estado_de_la_cuenta estado_cuenta
    estado_da_conta stato_account stato_utente
    状態 ステータス 状況
  `,
  enabled: names`
    enabled active is_active is_enabled activated aktiv account_enabled is_activated approved
    is_approved aktiviert actif active_e activo habilitado ativo attivo abilitato aktywny wlaczony 有効
    can_login allow_login login_allowed login_enabled account_non_locked account_non_expired enabled_flag
    active_flag konto_aktiv compte_actif cuenta_activa conta_ativa account_attivo aktywna aktywne konto_aktywne
    アクティブ
  `,
  disabled: names`
    disabled disable blocked banned suspended inactive is_disabled is_blocked is_banned is_suspended
    deaktiviert deleted is_deleted deleted_at delete_at block is_locked locked prohibit_login is_forbidden
    forbidden deactivated is_deactivated deactivated_at disabled_at banned_at blocked_at suspended_at
    is_inactive archived is_archived archived_at gesperrt inaktiv desactive bloque inactif suspendu
    bloqueado deshabilitado inactivo desativado inativo disattivato bloccato disabilitato zablokowany
    nieaktywny 無効 停止 ブロック
    account_locked account_disabled account_blocked account_suspended account_expired login_disabled expired
    is_expired terminated is_terminated frozen is_frozen blacklisted is_blacklisted ban is_ban del_flag is_del
    konto_gesperrt gesperrt_am deaktiviert_am geloscht geloscht_am compte_bloque desactive_le bloque_le
    supprime supprime_le cuenta_bloqueada eliminado conta_bloqueada excluido account_bloccato eliminato
    konto_zablokowane usuniety
  `,
  roles: names`
    roles role user_roles authorities rolle rollen rol funcao funcoes papel ruolo ruoli rola
    role_uzytkownika ロール 役割 権限
  `,
  id: names`
    id uuid user_id benutzer_id id_utilisateur id_usuario id_utente id_uzytkownika userid member_id
    memberid object_id objectid object_guid user_uuid user_guid id_customer id_member pk
  `,
  external_id: names`external_id externalid external_user_id externe_id id_externe id_externo id_esterno 外部id`,
  metadata: names`metadata`,
  profile: names`profile`,
  password: names`
    password passwd pass plain_password initial_password passwort kennwort pwd pw psw user_passwd
    user_pwd login_password account_password passphrase userpassword wachtwoord losenord parola heslo
    пароль 密码 密碼 비밀번호 mot_de_passe contrasena clave_de_acceso senha palavra_passe parola_d_ordine
    haslo パスワード 暗証番号
  `,
  password_hash: names`
    password_hash passwordhash hashed_password encrypted_password password_digest crypted_password
    password_crypt password_crypted password_encrypted hashed_pw pw_hash pwd_hash passwd_hash pass_md5
    password_md5 md5_password password_sha1 password_sha256 password_bcrypt bcrypt passwordencrypted
    secret_hash hash pass_hash user_pass user_password passwort_hash hash_password haslo_hash
    hash_du_mot_de_passe hash_de_contrasena hash_da_senha パスワードハッシュ
  `,
  totp_secret: names`totp_secret otp_secret totp_seed otp_seed totp_key authenticator_secret`,
  created_at: names`
    created_at created created_on create_at joined user_registration account_created optin_time creation_date registered_at user_registered signup_date time_created
    timecreated register_date registration_time created_date created_timestamp signed_up_at
    date_joined joined_at crdate create_timestamp createtimestamp join_date user_regdate regdate registration_date created_time
    created_date_time created_unix insert_instant inserted_at date_created date_registered date_add
    creation_time create_time create_date reg_date joindate member_since time_joined when_created
    erstellt erstellt_am registriert_am cree_le date_de_creation date_d_inscription creado creado_el
    fecha_de_creacion fecha_de_registro fecha_de_alta fecha_alta fecha_creacion fecha_registro criado_em data_de_criacao data_de_registo data_de_cadastro data_criacao
    creato_il data_di_creazione data_di_registrazione data_registrazione data_iscrizione data_di_iscrizione utworzono data_utworzenia data_rejestracji 作成日
    作成日時 登録日 登録日時
  `,
  updated_at: names`
    updated_at updated update_at user_touched last_changed modified_at last_modified updated_on modified modified_on date_updated
    date_modified update_time updated_unix last_updated last_update_instant when_changed geandert_am
    aktualisiert_am modifie_le mis_a_jour_le actualizado fecha_de_actualizacion atualizado_em
    aggiornato_il zaktualizowano 更新日 更新日時
  `,
  last_login_at: names`
    last_login_at last_login last_sign_in_at last_signin last_seen_at user_lastvisit last_login_date
    lastvisit lastlogin last_visit_date lastvisit_date last_seen last_active_at current_sign_in_at
    last_sign_in last_signin_at last_access last_access_at lastaccess last_active lastactive
    last_logon last_logon_date last_logon_timestamp last_login_unix last_login_instant letzte_anmeldung letzter_login
    derniere_connexion ultimo_acceso ultimo_inicio_de_sesion ultimo_acesso ultimo_login ultimo_accesso
    last_login_time last_login_timestamp last_sign_in_time ultima_conexion derniere_visite
    ostatnie_logowanie 最終ログイン 最終ログイン日時
  `,
}

export const aliases: Record<string, string[]> = Object.fromEntries(
  Object.entries(ofSystems).map(([field, own]) => [field, [...own, ...(moreAliases[field] ?? [])]]),
)
