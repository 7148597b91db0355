/** The pages of RP-initiated logout. Forms without script: the answer to a confirmation leads to the application. */

/** @param form the form of the library, which carries the token against forged requests */
export function confirmLogoutPage(form: string): string {
  return page(
    'Sign out',
    `<p>Do you want to sign out?</p>
${form}
<button form="op.logoutForm" name="logout" value="yes" autofocus>Sign out</button>
<button class="secondary" form="op.logoutForm">Stay signed in</button>`,
  )
}

export const loggedOutPage = page('Signed out', '<p role="status">You are signed out.</p>')

export function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="referrer" content="same-origin">
<title>${title}</title>
<link rel="stylesheet" href="/pages/pages.css">
<main>
<h1>${title}</h1>
${content}
</main>
</html>
`
}
