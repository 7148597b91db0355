import { useQuery } from '@tanstack/react-query'
import { Link, type LinkProps } from '@tanstack/react-router'
import { Circle, CircleCheck } from 'lucide-react'
import { call } from '../api/call.ts'
import { useMay, useSession } from '../api/session.ts'
import type { Factors, Statistics } from '../api/types.ts'
import { t } from '../text/text.ts'

type Step = {
  name: 'mail' | 'factor' | 'people' | 'second_admin' | 'application'
  isDone: boolean
  link?: LinkProps
}

/** An example of the setting, in the form of `docs/configuration.md`. */
const mailLine = 'ROSTER_MAIL_URL=smtps://user:password@smtp.example.com'

/** What a new installation still needs. It is gone when all of it is there. */
export function FirstSteps({ statistics }: { statistics: Statistics }) {
  const { user } = useSession()
  const may = useMay()
  const factors = useQuery({
    queryKey: ['factors', user.id],
    queryFn: async () => (await call<Factors>('GET', `/users/${user.id}/factors`)).data,
  })
  if (!may('users:write') || factors.isPending) return null
  const { installation, users } = statistics
  const steps: Step[] = [
    { name: 'mail', isDone: installation.mail },
    {
      name: 'factor',
      isDone: factors.data !== undefined && (factors.data.totp !== null || factors.data.passkeys.length > 0),
      link: { to: '/account/security' },
    },
    { name: 'people', isDone: users.total > 1, link: { to: '/console/import' } },
    {
      name: 'second_admin',
      isDone: installation.administrators > 1,
      link: { to: '/console/users', search: { role: 'admin' } },
    },
    { name: 'application', isDone: installation.applications, link: { to: '/console/applications' } },
  ]
  const done = steps.filter(({ isDone }) => isDone).length
  if (done === steps.length) return null
  return (
    <section className="card pad steps" aria-labelledby="first-steps">
      <div className="steps-head">
        <h2 id="first-steps" className="grow">
          {t('steps.title')}
        </h2>
        <span className="dim">{t('steps.done', { done, all: steps.length })}</span>
      </div>
      <ol>
        {steps.map(({ name, isDone, link }) => (
          <li key={name} className={isDone ? 'done' : undefined}>
            {isDone ? (
              <CircleCheck size={18} role="img" aria-label={t('steps.is_done')} />
            ) : (
              <Circle size={18} role="img" aria-label={t('steps.is_open')} />
            )}
            <div>
              {link && !isDone ? (
                <Link {...link}>{t(`steps.${name}`)}</Link>
              ) : (
                <span>{t(`steps.${name}`)}</span>
              )}
              {!isDone && <p className="dim small">{t(`steps.${name}_text`)}</p>}
              {!isDone && name === 'mail' && <code className="small">{mailLine}</code>}
            </div>
          </li>
        ))}
      </ol>
    </section>
  )
}
