const form = document.querySelector('form')
const problem = document.querySelector('#problem')
const done = document.querySelector('#done')
const more = document.querySelector('#more')
const dead = document.querySelector('#dead')
const next = document.querySelector('#next')
const button = document.querySelector('#send')
const signUp = document.querySelector('#sign-up')
const discard = document.querySelector('#discard')
const languages = document.querySelector('.languages')
const needsToken = form.dataset.used !== undefined
const texts = JSON.parse(form.dataset.texts)
let token = ''

// The token is in the fragment, which no server sees. It is removed from the address bar and the history immediately.
function takeToken() {
  const found = new URLSearchParams(location.hash.slice(1)).get('token')
  if (found !== null) {
    token = found
    history.replaceState(null, '', location.pathname + location.search)
  }
  if (!needsToken) return
  showDead(token === '' ? form.dataset.missing : '')
  if (token !== '') void (signUp ? showSignUp() : checkToken())
}

/** Without a link that works, the page has no form: only the message, and the way to a new link. */
function showDead(text) {
  dead.textContent = text
  form.hidden = text !== ''
  more?.firstElementChild.classList.toggle('button', text !== '')
}

/** The check uses nothing up. Where it gets no answer, the button of the form gives one. */
async function checkToken() {
  const asked = token
  const answer = await post('/auth/link', { token }).catch(() => null)
  // A body that is not read keeps its connection.
  await answer?.text()
  if (answer?.status === 400 && asked === token) showDead(form.dataset.used)
}

function post(path, body) {
  return fetch(form.dataset.base + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    credentials: 'same-origin',
  })
}

/** How the account was created, so that its reader knows whether it is theirs. */
async function showSignUp() {
  const answer = await post(signUp.dataset.read, { token }).catch(() => null)
  if (answer?.status === 400) showDead(form.dataset.used)
  if (!answer?.ok) return
  const { username, created_at, program, can_be_discarded } = await answer.json()
  const format = { dateStyle: 'long', timeStyle: 'short' }
  const at = new Date(created_at).toLocaleString(document.documentElement.lang, format)
  const text = program === null ? texts.created : texts.createdWith
  signUp.textContent = filled(text, { username, at, program: device(program) })
  signUp.hidden = false
  discard.hidden = !can_be_discarded
}

function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name])
}

/** The service says it in English: `Firefox on Windows`. */
function device(text) {
  const [program, system] = text?.split(' on ') ?? []
  return system === undefined ? text : filled(texts.device, { program, system })
}

function finish({ done: text, doneTitle }) {
  const heading = document.querySelector('h1')
  // The link is used up, so that the page in another language could only say so.
  languages.hidden = true
  document.title = document.title.replace(form.dataset.title, doneTitle)
  heading.textContent = doneTitle.replace('e-mail', 'e\u2011mail')
  form.hidden = true
  if (more) more.hidden = true
  done.hidden = false
  done.textContent = text
  done.focus()
}

function show({ pointer, code, detail }) {
  const field = form.querySelector(`input[name="${pointer.slice(1)}"]`)
  field?.setAttribute('aria-invalid', 'true')
  const place = field ? document.getElementById(`${field.name}-problem`) : problem
  place.textContent = texts.problems[code] ?? detail
}

function clear() {
  for (const place of form.querySelectorAll('.problem, #problem')) place.textContent = ''
  for (const field of form.querySelectorAll('input')) field.removeAttribute('aria-invalid')
}

/** The server answers alike for every address, so the page checks the form of the address. */
function isAddress() {
  const wrong = needsToken ? null : form.querySelector('input:invalid')
  if (wrong) show({ pointer: `/${wrong.name}`, detail: texts.address })
  wrong?.focus()
  return !wrong
}

async function submit() {
  const fields = Object.fromEntries(new FormData(form))
  // Keyboards of phones add a blank to a name; in a password it may be meant.
  for (const name in fields) if (!name.endsWith('password')) fields[name] = fields[name].trim()
  for (const name in fields)
    if (fields[name] === '' && !form.elements.namedItem(name).required) delete fields[name]
  const answer = await post(form.dataset.action, needsToken ? { token, ...fields } : fields)
  if (!answer.ok) return showProblem(answer)
  const { signIn } = form.dataset
  if (signIn && (await signInWith(fields))) return location.replace(form.dataset.base + signIn)
  if (next) next.hidden = false
  finish(form.dataset)
}

/** Without an answer, or where the service asks for more, the user signs in on the sign-in page. */
async function signInWith({ username, password }) {
  const answer = await post('/auth/session', { username, password }).catch(() => null)
  return answer?.ok === true
}

async function showProblem(answer) {
  const { code, detail, errors } = await answer.json()
  if (errors) errors.forEach(show)
  else problem.textContent = code === 'invalid_grant' ? form.dataset.used : (texts.problems[code] ?? detail)
  form.querySelector('[aria-invalid]')?.focus()
}

form.addEventListener('submit', async (event) => {
  event.preventDefault()
  clear()
  if (!isAddress()) return
  button.disabled = true
  try {
    await submit()
  } catch {
    problem.textContent = texts.unreachable
  }
  button.disabled = false
})

discard?.addEventListener('click', async () => {
  clear()
  discard.disabled = true
  try {
    const answer = await post(discard.dataset.action, { token })
    if (answer.ok) finish(discard.dataset)
    else await showProblem(answer)
  } catch {
    problem.textContent = texts.unreachable
  }
  discard.disabled = false
})

for (const reveal of document.querySelectorAll('.reveal')) prepareReveal(reveal)

/** The button that shows the password, and a hint while caps lock is on. */
function prepareReveal(reveal) {
  const input = reveal.previousElementSibling
  const hint = document.getElementById(`${input.name}-hint`)
  const rule = hint.textContent
  reveal.hidden = false
  reveal.addEventListener('click', () => {
    const isShown = input.type === 'password'
    input.type = isShown ? 'text' : 'password'
    reveal.setAttribute('aria-label', isShown ? texts.hidePassword : texts.showPassword)
    reveal.setAttribute('aria-pressed', String(isShown))
  })
  for (const type of ['keydown', 'keyup'])
    input.addEventListener(type, (event) => {
      hint.textContent = event.getModifierState?.('CapsLock') ? texts.capsLock : rule
    })
}

// The other language needs the token too, which the address does not contain any more. The choice is stored as on the
// sign-in page.
languages.addEventListener('click', (event) => {
  const { lang } = event.target
  if (!lang) return
  event.preventDefault()
  try {
    localStorage.setItem('roster-language', lang)
  } catch {
    // Not stored.
  }
  location.replace(`${location.pathname}?lang=${lang}${token && `#token=${token}`}`)
})

// Another link opened in this tab changes only the fragment.
addEventListener('hashchange', takeToken)
takeToken()
