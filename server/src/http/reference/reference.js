/** Opens the operation of the address, finds operations, and sends requests for "Try it". */
const operations = [...document.querySelectorAll('.operation')]
const input = /** @type {HTMLInputElement} */ (document.getElementById('find'))

function showTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)))
  const operation = target?.closest('details')
  if (!operation) return
  operation.open = true
  operation.scrollIntoView()
}

function find() {
  const words = input.value.toLowerCase().split(/\s+/).filter(Boolean)
  let count = 0
  for (const operation of operations) {
    const isFound = words.every((word) => operation.dataset.find.includes(word))
    operation.hidden = !isFound
    if (isFound) count += 1
  }
  for (const section of document.querySelectorAll('main section'))
    section.hidden = section.querySelector('.operation:not([hidden])') === null
  const found = document.getElementById('found')
  found.textContent = words.length === 0 ? '' : `${count} of ${operations.length} operations`
}

/** An element with attributes and children; strings become text. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  made.append(...children)
  return made
}

let loading
function openapi() {
  loading ??= fetch('openapi.json').then((answer) => answer.json())
  return loading
}

async function operationOf(id) {
  const { paths } = await openapi()
  for (const [path, methods] of Object.entries(paths))
    for (const [method, operation] of Object.entries(methods))
      if (operation.operationId === id) return { path, method, operation }
}

async function openForm(button) {
  const id = button.dataset.operation
  button.hidden = true
  const { path, method, operation } = await operationOf(id)
  const { form, read } = await fieldsOf(id, operation)
  const result = element('pre', { tabindex: '0', role: 'status' })
  result.hidden = true
  const send = element('button', { type: 'button' }, `Send ${method.toUpperCase()}`)
  send.addEventListener('click', async () => {
    result.hidden = false
    result.textContent = '…'
    const { url, headers, body } = read(path)
    const token = document.getElementById('token').value.trim()
    if (token !== '') headers.set('authorization', `Bearer ${token}`)
    result.textContent = await exchange(url, {
      method: method.toUpperCase(),
      headers,
      credentials: token === '' ? 'same-origin' : 'omit',
      ...(body === '' ? {} : { body }),
    })
  })
  form.append(element('div', { class: 'wide' }, send), result)
  button.parentElement.after(form)
  form.querySelector('input, textarea, button').focus()
}

/** The form of an operation, and what is entered in it. */
async function fieldsOf(id, { parameters, requestBody }) {
  const form = element('div', { class: 'sending' })
  const entered = parameters.map((parameter) => {
    const name = `${id}-${parameter.in}-${parameter.name}`
    const field = element('input', { id: name, autocomplete: 'off' })
    if (parameter.example !== undefined) field.value = parameter.example
    form.append(
      element('div', {}, element('label', { for: name }, `${parameter.name} (${parameter.in})`), field),
    )
    return { parameter, field }
  })
  const [type] = Object.keys(requestBody?.content ?? {})
  const text = element('textarea', { id: `${id}-body`, spellcheck: 'false' })
  if (type) {
    text.value = await exampleOf(requestBody.content[type])
    form.append(
      element('div', { class: 'wide' }, element('label', { for: `${id}-body` }, `Body (${type})`), text),
    )
  }
  const read = (path) => {
    const headers = new Headers(type ? { 'content-type': type } : {})
    const query = new URLSearchParams()
    let filled = path
    for (const { parameter, field } of entered) {
      if (parameter.in === 'path')
        filled = filled.replace(`{${parameter.name}}`, encodeURIComponent(field.value))
      else if (field.value !== '' && parameter.in === 'query') query.set(parameter.name, field.value)
      else if (field.value !== '') headers.set(parameter.name, field.value)
    }
    return { url: query.size === 0 ? filled : `${filled}?${query}`, headers, body: type ? text.value : '' }
  }
  return { form, read }
}

async function exampleOf({ example, schema }) {
  const { components } = await openapi()
  const named = schema?.$ref ? components.schemas[schema.$ref.split('/').at(-1)] : schema
  const value = example ?? named?.examples?.[0] ?? ''
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2)
}

/** Sends the request; the answer as text. */
async function exchange(url, request) {
  try {
    const answer = await fetch(`.${url}`, request)
    const text = await answer.text()
    return `${answer.status} ${answer.statusText}\n\n${indented(text)}`
  } catch (error) {
    return `No answer: ${error.message}`
  }
}

function indented(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

for (const button of document.querySelectorAll('.try'))
  button.addEventListener('click', () => openForm(button))
input.addEventListener('input', find)
addEventListener('hashchange', showTarget)
showTarget()
