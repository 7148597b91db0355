/** The names of columns in further languages: Dutch, Swedish, Danish and Norwegian, Finnish, Czech, Hungarian, Turkish, Russian, Ukrainian, Chinese, Korean. */
export const moreAliases: Record<string, string[]> = {
  username: [
    ...['gebruikersnaam', 'gebruiker', 'användarnamn', 'brugernavn', 'brukernavn', 'käyttäjätunnus'],
    ...['käyttäjänimi', 'uživatelské jméno', 'uživatel', 'felhasználónév', 'felhasználó', 'kullanıcı adı'],
    ...['логин', 'имя пользователя', 'логін', "ім'я користувача", '用户名', '账号', '帐号', '登录名'],
    ...['使用者名稱', '用戶名', '帳號', '사용자명', '사용자 이름', '아이디'],
  ],
  email: [
    ...['e-mailadres', 'mailadres', 'e-post', 'e-postadress', 'e-postadresse', 'e-mailadresse', 'sähköposti'],
    ...['sähköpostiosoite', 'e-mailová adresa', 'email cím', 'e-mail cím', 'e-posta', 'eposta'],
    ...['почта', 'эл. почта', 'электронная почта', 'адрес электронной почты', 'пошта', 'електронна пошта'],
    ...['邮箱', '电子邮件', '电子邮箱', '邮箱地址', '電子郵件', '郵箱', '이메일', '이메일 주소', '전자우편'],
  ],
  email_verified: ['bevestigd', 'verifierad', 'bekræftet', 'bekreftet', 'vahvistettu', 'ověřeno', '已验证'],
  first_name: [
    ...['voornaam', 'förnamn', 'fornavn', 'etunimi', 'jméno', 'křestní jméno', 'keresztnév', 'isim'],
    ...['имя', "ім'я", '이름'],
  ],
  last_name: [
    ...['achternaam', 'familienaam', 'efternamn', 'efternavn', 'etternavn', 'sukunimi', 'příjmení'],
    ...['vezetéknév', 'soyad', 'soyadı', 'soyisim', 'фамилия', 'прізвище', '성'],
  ],
  status: ['статус', '状态', '狀態', '상태', 'durum', 'stav'],
  enabled: [
    ...['actief', 'ingeschakeld', 'aktivní', 'aktiivinen', 'aktív', 'etkin', 'активен', 'активный'],
    ...['активний', '启用', '是否启用', '激活', '활성'],
  ],
  disabled: [
    ...['geblokkeerd', 'uitgeschakeld', 'gedeactiveerd', 'spärrad', 'inaktiverad', 'spærret', 'sperret'],
    ...[
      'estetty',
      'zablokován',
      'letiltva',
      'engelli',
      'заблокирован',
      'заблокований',
      '禁用',
      '停用',
      '차단',
    ],
  ],
  roles: ['roll', 'roller', 'rooli', 'роль', 'роли', 'ролі', '角色', '역할'],
  password: ['salasana', 'jelszó', 'şifre', 'adgangskode', 'kodeord', 'passord', '口令', '암호'],
  created_at: [
    ...['aangemaakt', 'aangemaakt op', 'registratiedatum', 'skapad', 'oprettet', 'opprettet', 'luotu'],
    ...['vytvořeno', 'létrehozva', 'oluşturulma tarihi', 'kayıt tarihi', 'дата регистрации', 'дата создания'],
    ...['создан', 'дата реєстрації', '创建时间', '注册时间', '创建日期', '建立時間', '가입일', '생성일'],
  ],
  updated_at: ['bijgewerkt', 'uppdaterad', 'opdateret', 'oppdatert', 'изменен', 'дата изменения', '更新时间'],
  last_login_at: [
    ...['laatst ingelogd', 'laatste login', 'senaste inloggning', 'sidste login', 'siste innlogging'],
    ...['poslední přihlášení', 'son giriş', 'последний вход', 'останній вхід', '最后登录', '最后登录时间'],
    ...['마지막 로그인'],
  ],
}
