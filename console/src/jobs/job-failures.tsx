import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { call } from '../api/call.ts'
import type { Job, JobReport } from '../api/types.ts'
import { useNames } from '../audit/names.ts'
import { t, textOr } from '../text/text.ts'
import { Dialog } from '../ui/later.tsx'
import { Failed, Loading } from '../ui/states.tsx'

/** The users that a job could not change, each with the reason. */
export function JobFailures({ job, onClose }: { job: Job; onClose(): void }) {
  const query = useQuery({
    queryKey: ['jobs', 'report', job.id],
    queryFn: async () => (await call<JobReport>('GET', `/jobs/${job.id}`)).data,
  })
  const failed = query.data?.failed_users ?? []
  const names = useNames(failed.map(({ user_id }) => user_id))
  return (
    <Dialog title={t('job.failures')} isOpen onClose={onClose}>
      {query.isPending && <Loading rows={3} />}
      {query.isError && <Failed error={query.error} retry={() => void query.refetch()} />}
      <ul className="stack plain">
        {failed.map(({ user_id: id, code }) => (
          <li key={id}>
            <Link className="name" to="/console/users/$id" params={{ id }}>
              {names.get(id) ?? id}
            </Link>
            <span className="sub">
              {code === 'not_found' ? t('job.not_found') : textOr(`error.${code}`, code)}
            </span>
          </li>
        ))}
      </ul>
      {job.failed > failed.length && query.isSuccess && (
        <p className="dim">{t('job.failures_more', { count: job.failed - failed.length })}</p>
      )}
    </Dialog>
  )
}
