/** The request of a screen as code. */
import { page } from '../page.ts'

export type CopyForm = 'curl' | 'sdk'

export function copyAs(form: CopyForm, target: string): string {
  return form === 'curl' ? curl(target) : sdk(target)
}

function curl(target: string): string {
  return `curl -H "Authorization: Bearer $ROSTER_TOKEN" ${quoted(`${location.origin}${page.base}${target}`)}`
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

const uuid = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/

function sdk(target: string): string {
  const [path = '', text] = target.split('?')
  const id = uuid.exec(path)?.[0]
  const query = Object.fromEntries(new URLSearchParams(text))
  const parameters = { ...(id && { path: { id } }), ...(text && { query }) }
  const options = Object.keys(parameters).length === 0 ? '' : `, ${JSON.stringify(parameters)}`
  return `await roster.call('GET', '${path.replace(uuid, '{id}')}'${options})`
}
