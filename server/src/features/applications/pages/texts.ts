/** The texts of the pages that users see between an application and the service. */
import type { Language } from '../../../html/language.ts'
import { scopes } from '../protocol/settings.ts'

const en = {
  asks: '{name} asks for access',
  wants: '{name} wants to:',
  allow: 'Allow',
  deny: 'Deny',
  openid: 'Know who you are',
  profile: 'See your name and username',
  email: 'See your e-mail address',
  roles: 'See your roles',
  groups: 'See your groups',
  offline_access: 'Keep access while you are away',
  connect_device: 'Connect a device',
  enter_code: 'Enter the code that your device shows.',
  code: 'Code',
  continue: 'Continue',
  same_code: 'Does your device show this code? If you did not start this on a device of yours, deny it.',
  device_connected: 'Device connected',
  device_connected_text: 'You are signed in on your device. You can close this page.',
  device_denied: 'Device not connected',
  device_denied_text: 'The device was not connected. Start again on the device if you want to connect it.',
  code_expired: 'This code has expired. Start again on the device.',
  code_used: 'This code was used before. Start again on the device.',
  code_wrong: 'This code is not right. Check the device.',
  failed: 'That did not work. Try again.',
  moment: 'One moment',
  back_to: 'Back to {name}',
  sends_itself: 'If this page does not change by itself, continue with the button.',
  sign_out: 'Sign out',
  sign_out_question: 'Do you want to sign out?',
  stay: 'Stay signed in',
  signed_out: 'Signed out',
  signed_out_text: 'You are signed out.',
  refused: 'This request does not work',
  refused_text:
    'The application sent a request that we cannot answer. Go back, and tell the people who run it.',
  refused_redirect: 'Received redirect_uri: {name}',
  refused_register: 'Register it under Applications in the console, exactly as it is here.',
  request: 'Request {name}',
}
export type Text = keyof typeof en

const de: Record<Text, string> = {
  asks: '{name} bittet um Zugriff',
  wants: '{name} möchte:',
  allow: 'Erlauben',
  deny: 'Ablehnen',
  openid: 'Wissen, wer Sie sind',
  profile: 'Ihren Namen und Benutzernamen sehen',
  email: 'Ihre E-Mail-Adresse sehen',
  roles: 'Ihre Rollen sehen',
  groups: 'Ihre Gruppen sehen',
  offline_access: 'Den Zugriff behalten, während Sie nicht da sind',
  connect_device: 'Gerät verbinden',
  enter_code: 'Geben Sie den Code ein, den Ihr Gerät zeigt.',
  code: 'Code',
  continue: 'Weiter',
  same_code:
    'Zeigt Ihr Gerät diesen Code? Wenn Sie das nicht an einem Ihrer Geräte begonnen haben, lehnen Sie ab.',
  device_connected: 'Gerät verbunden',
  device_connected_text: 'Sie sind an Ihrem Gerät angemeldet. Sie können diese Seite schließen.',
  device_denied: 'Gerät nicht verbunden',
  device_denied_text:
    'Das Gerät wurde nicht verbunden. Beginnen Sie am Gerät von vorn, wenn Sie es verbinden möchten.',
  code_expired: 'Dieser Code ist abgelaufen. Beginnen Sie am Gerät von vorn.',
  code_used: 'Dieser Code wurde schon benutzt. Beginnen Sie am Gerät von vorn.',
  code_wrong: 'Dieser Code stimmt nicht. Sehen Sie am Gerät nach.',
  failed: 'Das hat nicht geklappt. Versuchen Sie es noch einmal.',
  moment: 'Einen Moment',
  back_to: 'Zurück zu {name}',
  sends_itself: 'Wenn sich diese Seite nicht von selbst ändert, geht es mit der Schaltfläche weiter.',
  sign_out: 'Abmelden',
  sign_out_question: 'Möchten Sie sich abmelden?',
  stay: 'Angemeldet bleiben',
  signed_out: 'Abgemeldet',
  signed_out_text: 'Sie sind abgemeldet.',
  refused: 'Diese Anfrage geht nicht',
  refused_text:
    'Die Anwendung hat eine Anfrage gesendet, die wir nicht beantworten können. Gehen Sie zurück, und sagen Sie es denen, die sie betreiben.',
  refused_redirect: 'Empfangene redirect_uri: {name}',
  refused_register: 'Tragen Sie sie in der Konsole unter Anwendungen ein, genau wie sie hier steht.',
  request: 'Anfrage {name}',
}
const catalogues: Record<Language, Record<Text, string>> = { en, de }

export function textIn(language: Language, text: Text, name = ''): string {
  return catalogues[language][text].replace('{name}', () => name)
}

/** The access that the scope gives to an application. */
export function scopeText(language: Language, scope: string): string {
  const known = scopes.find((each) => each === scope)
  return known ? textIn(language, known) : scope
}
