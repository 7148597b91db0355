import type { Texts } from './texts.ts'

const missing = 'Dieser Link ist unvollständig. Öffnen Sie ihn noch einmal aus der E-Mail.'
const used = 'Dieser Link ist abgelaufen oder wurde schon benutzt. Fordern Sie einen neuen an.'

export const german: Texts = {
  pages: {
    verify: {
      title: 'E-Mail-Adresse bestätigen',
      text: 'Bestätigen Sie, dass diese Adresse Ihnen gehört. Geben Sie das Passwort des Kontos ein. Wenn Sie es nicht kennen, wählen Sie ein neues: Das bisherige Passwort, Sitzungen und API-Schlüssel enden dann.',
      button: 'Bestätigen',
      done: 'Vielen Dank. Ihre Adresse ist bestätigt.',
      doneTitle: 'E-Mail-Adresse bestätigt',
      ...{ used, missing },
    },
    reset: {
      title: 'Neues Passwort setzen',
      text: 'Sie werden überall sonst abgemeldet.',
      button: 'Passwort setzen',
      done: 'Ihr neues Passwort gilt. Sie können sich damit anmelden.',
      doneTitle: 'Neues Passwort gesetzt',
      ...{ used, missing },
    },
    invitation: {
      title: 'Willkommen',
      text: 'Für Sie wurde ein Konto angelegt. Wählen Sie ein Passwort, um es zu benutzen.',
      button: 'Passwort setzen',
      done: 'Ihr Passwort gilt. Sie können sich damit anmelden.',
      doneTitle: 'Passwort gesetzt',
      ...{ used, missing },
    },
    'confirm-email': {
      title: 'Neue E-Mail-Adresse bestätigen',
      text: 'Danach melden Sie sich mit dieser Adresse an und bekommen E-Mails dorthin. Geben Sie das Passwort des Kontos ein; wo Sie angemeldet sind, können Sie es weglassen. Wenn Sie diese Änderung nicht wollten, schließen Sie diese Seite.',
      button: 'Bestätigen',
      done: 'Ihre neue Adresse ist bestätigt. Melden Sie sich dort neu an, wo Sie angemeldet waren.',
      doneTitle: 'Neue E-Mail-Adresse bestätigt',
      used: 'Dieser Link ist abgelaufen oder wurde schon benutzt. Ändern Sie Ihre Adresse noch einmal, um einen neuen zu bekommen.',
      missing,
    },
    forgot: {
      title: 'Passwort vergessen?',
      text: 'Geben Sie die Adresse Ihres Kontos ein. Sie bekommen einen Link, um ein neues Passwort zu setzen.',
      button: 'Link senden',
      done: 'Wenn ein Konto diese Adresse hat, ist eine E-Mail unterwegs.',
      doneTitle: 'Sehen Sie in Ihre E-Mails',
    },
    'verify-again': {
      title: 'E-Mail-Adresse bestätigen',
      text: 'Geben Sie die Adresse Ihres Kontos ein. Sie bekommen einen neuen Link, um sie zu bestätigen.',
      button: 'Link senden',
      done: 'Wenn ein Konto diese Adresse hat und sie noch nicht bestätigt ist, ist eine E-Mail unterwegs.',
      doneTitle: 'Sehen Sie in Ihre E-Mails',
    },
    setup: {
      title: 'Ersten Administrator anlegen',
      text: 'Der Link, der Sie hierher geführt hat, gilt einmal.',
      button: 'Administrator anlegen',
      done: 'Sie können sich jetzt anmelden.',
      doneTitle: 'Der Administrator ist angelegt',
      used: 'Dieser Link ist abgelaufen oder wurde schon benutzt. Starten Sie Roster neu, um einen neuen zu bekommen.',
      missing:
        'Öffnen Sie den Link im Terminal, in dem Roster läuft. Er gilt 30 Minuten; starten Sie Roster neu, um einen neuen zu bekommen.',
    },
  },
  fields: {
    username: 'Benutzername',
    email: 'E-Mail-Adresse',
    password: 'Passwort',
    chosen_password: 'Passwort',
    new_password: 'Neues Passwort',
    or_new_password: 'Oder ein neues Passwort',
  },
  discard: {
    button: 'Das war ich nicht',
    done: 'Vielen Dank. Das Konto ist entfernt.',
    doneTitle: 'Konto entfernt',
  },
  setUp: { title: 'Die Einrichtung ist fertig', text: 'Es gibt schon einen Administrator.' },
  noScript: 'Diese Seite braucht JavaScript, das Ihr Browser nicht ausführt.',
  again: 'Neuen Link anfordern',
  signIn: 'Anmelden',
  continueTo: 'Weiter zu {site}',
  description: '{title} bei {site}.',
  script: {
    created: 'Das Konto „{username}“ wurde am {at} angelegt.',
    createdWith: 'Das Konto „{username}“ wurde am {at} mit {program} angelegt.',
    address: 'Geben Sie eine E-Mail-Adresse ein, zum Beispiel jana@example.com.',
    unreachable: 'Der Server antwortet nicht. Versuchen Sie es gleich noch einmal.',
    problems: {
      required: 'Bitte füllen Sie dieses Feld aus.',
      too_short: 'Das ist zu kurz.',
      too_long: 'Das ist zu lang.',
      password_blocklisted:
        'Dieses Passwort ist zu leicht zu erraten oder steht in Listen gestohlener Passwörter.',
      same_password: 'Das ist das bisherige Passwort. Wählen Sie ein anderes.',
      looks_like_a_hash: 'Das sieht nach dem Hash eines Passworts aus. Wählen Sie ein anderes.',
      invalid_email: 'Geben Sie eine vollständige Adresse ein, zum Beispiel name@example.com.',
      username_taken: 'Dieser Benutzername ist vergeben.',
      email_taken: 'Diese E-Mail-Adresse ist vergeben.',
      invalid_credentials: 'Das Passwort ist falsch.',
      reauthentication_required: 'Geben Sie das Passwort des Kontos ein.',
      too_many_requests: 'Zu viele Versuche. Versuchen Sie es später noch einmal.',
      overloaded: 'Der Dienst hat gerade viel zu tun. Versuchen Sie es gleich noch einmal.',
      dependency_unavailable: 'Die Datenbank antwortet nicht. Versuchen Sie es gleich noch einmal.',
    },
  },
}
