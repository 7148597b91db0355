import { type FormEvent, useState } from 'react'
import { call } from '../api/call.ts'
import type { Group, User } from '../api/types.ts'
import { t } from '../text/text.ts'
import { TextArea } from '../ui/field.tsx'
import { FormActions } from '../ui/form-actions.tsx'
import { Dialog } from '../ui/later.tsx'
import { ProblemNotice } from '../ui/problem.tsx'
import { toast } from '../ui/toasts.tsx'
import { useRefreshGroups } from './group-query.ts'

/** The number of names in one look-up, and of users added in one request. */
const namesAtOnce = 10
const maxNames = 1000

/** Adds the users with the entered names or addresses, one on each line. If one is unknown, no user is added. */
export function AddMembersDialog({ group, onClose }: { group: Group; onClose(): void }) {
  const refresh = useRefreshGroups()
  const [problem, setProblem] = useState<string | undefined>()
  const [error, setError] = useState<unknown>(null)
  const [isBusy, setBusy] = useState(false)

  async function add(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const text = String(new FormData(event.currentTarget).get('names'))
    const names = [...new Set(text.split(/[\n,;]/).map((name) => name.trim()))].filter((name) => name !== '')
    setProblem(undefined)
    setError(null)
    if (names.length === 0) return setProblem(t('group.enter_names'))
    if (names.length > maxNames) return setProblem(t('group.too_many_names', { count: maxNames }))
    setBusy(true)
    try {
      const { ids, unknown } = await find(names)
      if (unknown.length > 0) setProblem(t('group.unknown_names', { names: unknown.slice(0, 20).join(', ') }))
      else {
        const body = { add: ids }
        const { data } = await call<{ added: number }>('POST', `/groups/${group.id}/members`, { body })
        toast(t('group.added', { count: data.added }))
        await refresh()
        return onClose()
      }
    } catch (caught) {
      setError(caught)
    }
    setBusy(false)
  }

  return (
    <Dialog title={t('group.add_to', { name: group.name })} isOpen onClose={onClose}>
      <form className="stack" onSubmit={add} noValidate>
        <ProblemNotice error={error} />
        <TextArea
          label={t('group.names')}
          hint={t('group.names_hint')}
          name="names"
          rows={6}
          spellCheck={false}
          autoCapitalize="none"
          problem={problem}
        />
        <FormActions button={t('group.add')} onCancel={onClose} isBusy={isBusy} />
      </form>
    </Dialog>
  )
}

async function find(names: readonly string[]): Promise<{ ids: string[]; unknown: string[] }> {
  const ids = new Set<string>()
  const unknown: string[] = []
  for (let at = 0; at < names.length; at += namesAtOnce) {
    const some = names.slice(at, at + namesAtOnce)
    const filter = some
      .flatMap((name) => [`username eq ${JSON.stringify(name)}`, `email eq ${JSON.stringify(name)}`])
      .join(' or ')
    const { data } = await call<User[]>('GET', '/users', { query: { filter, limit: namesAtOnce * 2 } })
    for (const name of some) {
      const found = data.find((user) => isNamed(user, name))
      if (found) ids.add(found.id)
      else unknown.push(name)
    }
  }
  return { ids: [...ids], unknown }
}

/** Compares names like the service, except for compatibility characters. */
function isNamed({ username, email }: User, name: string): boolean {
  const fold = (text: string) => text.normalize('NFKC').toLowerCase()
  return [username, email ?? username].some((each) => fold(each) === fold(name))
}
