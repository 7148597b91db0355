/** The German translations of the English phrases that features put into mails. */

const phrases: readonly [english: RegExp, german: string][] = [
  [/^(\d+) minutes$/, '$1 Minuten'],
  [/^(\d+) hours$/, '$1 Stunden'],
  [/^(\d+) days$/, '$1 Tagen'],
  [/^A recovery code was used, (\d+) are left$/, 'Ein Wiederherstellungscode wurde verwendet, $1 sind übrig'],
  [/^A passkey was added$/, 'Ein Passkey wurde hinzugefügt'],
  [/^A passkey was removed$/, 'Ein Passkey wurde entfernt'],
  [/^An authenticator app was added$/, 'Eine Authenticator-App wurde hinzugefügt'],
  [/^The authenticator app was removed$/, 'Die Authenticator-App wurde entfernt'],
  [/^New recovery codes were made$/, 'Neue Wiederherstellungscodes wurden erstellt'],
  [/^All second factors were removed$/, 'Alle zweiten Faktoren wurden entfernt'],
  [
    /^A browser is no longer asked for the second factor for (\d+) days$/,
    'Ein Browser wird $1 Tage lang nicht nach dem zweiten Faktor gefragt',
  ],
  [
    /^(\d+) wrong codes were typed, and codes of the app are refused for up to an hour$/,
    '$1 falsche Codes wurden eingegeben; für bis zu eine Stunde wird kein Code der App angenommen',
  ],
  [
    /^(\d+) wrong codes were typed in a row, and the authenticator app is refused until you sign in with a recovery code or a passkey$/,
    '$1 falsche Codes wurden nacheinander eingegeben; die Authenticator-App wird abgelehnt, bis Sie sich mit einem Wiederherstellungscode oder einem Passkey anmelden',
  ],
  [/^no delivery has succeeded for three days$/, 'seit drei Tagen kam keine Zustellung an'],
  [/^its receiver answered 410 Gone$/, 'sein Empfänger hat 410 Gone geantwortet'],
  [/^An account at (.+) was linked$/, 'Ein Konto bei $1 wurde verknüpft'],
  [/^An account at (.+) was unlinked$/, 'Die Verknüpfung mit einem Konto bei $1 wurde gelöst'],
]

const devices: typeof phrases = [
  [/^an unknown program$/, 'ein unbekanntes Programm'],
  [/^(.+) on (\S+)$/, '$1 unter $2'],
]

/** The value of a placeholder in German; other texts, such as names, stay unchanged. */
export function inGerman(placeholder: string, value: string): string {
  const known = placeholder === 'device' ? devices : phrases
  const found = known.find(([english]) => english.test(value))
  return found ? value.replace(found[0], found[1]) : value
}
