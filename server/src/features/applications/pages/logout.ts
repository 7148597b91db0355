/** The pages of RP-initiated logout. Forms without script: the answer to a confirmation redirects to the application. */
import type { Language } from '../../../html/language.ts'
import type { OwnPage } from '../../../html/page-layout.ts'
import { page } from './page.ts'
import { textIn } from './texts.ts'

/** @param form the form of the library, which contains the token against forged requests (CSRF) */
export function confirmLogoutPage(language: Language, form: string): OwnPage {
  return page(
    language,
    textIn(language, 'sign_out'),
    `<p>${textIn(language, 'sign_out_question')}</p>
${form}
<button form="op.logoutForm" name="logout" value="yes" autofocus>${textIn(language, 'sign_out')}</button>
<button class="secondary" form="op.logoutForm">${textIn(language, 'stay')}</button>`,
  )
}

export function loggedOutPage(language: Language): OwnPage {
  return page(
    language,
    textIn(language, 'signed_out'),
    `<p role="status">${textIn(language, 'signed_out_text')}</p>`,
  )
}
