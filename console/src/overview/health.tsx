import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { CircleAlert, CircleCheck } from 'lucide-react'
import type { ReactNode } from 'react'
import { installationQuery } from '../settings/installation.ts'
import { counted, number, t } from '../text/text.ts'
import { Time } from '../ui/bits.tsx'

/** The status of the parts of the service. */
export function Health() {
  const { data } = useQuery({ ...installationQuery, refetchInterval: 60_000 })
  if (!data) return null
  const { database, mail } = data
  const engine = database.engine === 'sqlite' ? 'SQLite' : 'PostgreSQL'
  const mailText = !mail.server
    ? t('health.no_mail_server')
    : mail.queued === 0
      ? t('health.no_mail_waits')
      : counted('health.mails_wait', mail.queued)
  return (
    <section className="card pad health" aria-labelledby="health">
      <h2 id="health">{t('health.title')}</h2>
      <ul>
        <Part name={t('health.database')} isOk={database.ok}>
          {engine}
          {!database.ok && ` · ${t('health.database_fails')}`}
        </Part>
        <Part name={t('health.mail')} isOk={mail.ok && mail.given_up === 0}>
          {mailText}
          {mail.given_up > 0 && ` · ${t('health.given_up', { count: number(mail.given_up) })}`}
        </Part>
        <Part name={t('health.version')} isOk>
          {data.version} · {t('settings.running_since')} <Time at={data.started_at} />
        </Part>
      </ul>
      <Link to="/console/settings" className="small">
        {t('health.settings')}
      </Link>
    </section>
  )
}

function Part({ name, isOk, children }: { name: string; isOk: boolean; children: ReactNode }) {
  const Icon = isOk ? CircleCheck : CircleAlert
  return (
    <li className={isOk ? 'ok' : 'bad'}>
      <Icon size={18} role="img" aria-label={t(isOk ? 'health.ok' : 'health.bad')} />
      <div>
        <strong>{name}</strong>
        <span className="sub">{children}</span>
      </div>
    </li>
  )
}
