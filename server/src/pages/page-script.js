// The token comes in the fragment, which no server sees, and leaves the address bar at once.
const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? ''
history.replaceState(null, '', location.pathname)

const form = document.querySelector('form')
const problem = document.querySelector('#problem')
const button = form.querySelector('button')

if (token === '') problem.textContent = 'This link is not complete. Open it again from the mail.'

function show(fault) {
  const place = document.querySelector(`[id="${fault.pointer.slice(1)}-problem"]`) ?? problem
  place.textContent = fault.detail
  place.previousElementSibling?.setAttribute('aria-invalid', 'true')
}

function clear() {
  for (const place of form.querySelectorAll('.problem, #problem')) place.textContent = ''
  for (const field of form.querySelectorAll('input')) field.removeAttribute('aria-invalid')
}

async function submit() {
  const body = { token, ...Object.fromEntries(new FormData(form)) }
  const answer = await fetch(form.dataset.action, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (answer.ok) {
    const done = document.querySelector('#done')
    form.hidden = true
    done.hidden = false
    done.textContent = form.dataset.done
    return
  }
  const { detail, errors } = await answer.json()
  if (errors) errors.forEach(show)
  else problem.textContent = detail
  form.querySelector('[aria-invalid]')?.focus()
}

form.addEventListener('submit', async (event) => {
  event.preventDefault()
  clear()
  button.disabled = true
  try {
    await submit()
  } catch {
    problem.textContent = 'The server does not answer. Try again in a moment.'
  }
  button.disabled = false
})
