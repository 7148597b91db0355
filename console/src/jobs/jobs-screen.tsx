import { useQueryClient } from '@tanstack/react-query'
import { Undo2 } from 'lucide-react'
import { useEffect, useState } from 'react'
import { call } from '../api/call.ts'
import { useMay } from '../api/session.ts'
import type { Job } from '../api/types.ts'
import { counted, number, t } from '../text/text.ts'
import { Tag, Time } from '../ui/bits.tsx'
import { Button } from '../ui/button.tsx'
import { problemText } from '../ui/problem.tsx'
import { NoPermission } from '../ui/states.tsx'
import { type Column, TableScreen, useTable } from '../ui/table-screen.tsx'
import { toast, toastError } from '../ui/toasts.tsx'
import { JobFailures } from './job-failures.tsx'

export function JobsScreen() {
  const may = useMay()
  return may('users:write') ? <Jobs /> : <NoPermission />
}

/** The jobs on many users: their progress, and undo. */
function Jobs() {
  const queries = useQueryClient()
  const table = useTable<Job>('jobs', '/jobs')
  const [failedOf, setFailedOf] = useState<Job | null>(null)
  const isWorking = table.rows.some(({ finished_at }) => finished_at === null)
  const { refresh } = table
  useEffect(() => {
    if (!isWorking) {
      void queries.invalidateQueries({ queryKey: ['users'] })
      return
    }
    const timer = setInterval(() => void refresh(), 1000)
    return () => clearInterval(timer)
  })
  const send = async (job: Job, what: 'cancel' | 'undo', done: string) => {
    try {
      await call('POST', `/jobs/${job.id}/${what}`)
      toast(done)
    } catch (error) {
      toastError(problemText(error))
    }
    await refresh()
  }
  return (
    <>
      <TableScreen
        title={t('nav.jobs')}
        subtitle={t('jobs.text')}
        table={table}
        idOf={({ id }) => id}
        columns={columns()}
        rowActions={(job) => (
          <span className="actions">
            {job.failed > 0 && (
              <Button kind="quiet" onClick={() => setFailedOf(job)}>
                {t('job.failures')}
              </Button>
            )}
            {job.finished_at === null ? (
              <Button onClick={() => send(job, 'cancel', t('jobs.cancelled'))}>{t('cancel')}</Button>
            ) : (
              job.can_undo && (
                <Button
                  icon={<Undo2 size={16} aria-hidden />}
                  onClick={() => send(job, 'undo', t('jobs.undone'))}
                >
                  {t('undo')}
                </Button>
              )
            )}
          </span>
        )}
        empty={{ title: t('jobs.none'), text: t('jobs.none_text') }}
      />
      {failedOf && <JobFailures job={failedOf} onClose={() => setFailedOf(null)} />}
    </>
  )
}

const tones = { queued: 'plain', running: 'plain', done: 'good', cancelled: 'warn', stopped: 'bad' } as const

function columns(): Column<Job>[] {
  return [
    {
      head: t('job.kind'),
      cell: (job) => (
        <>
          <span className="name">{t(`job.${job.kind}`, { role: job.role ?? '' })}</span>{' '}
          {job.undo_of !== null && <Tag>{t('job.is_undo')}</Tag>}
          <span className="sub">{counted('users.count', job.total)}</span>
        </>
      ),
    },
    {
      head: t('job.progress'),
      cell: ({ total, changed, unchanged, failed }) => (
        <>
          <progress
            aria-label={t('job.progress')}
            max={Math.max(total, 1)}
            value={total === 0 ? 1 : changed + unchanged + failed}
          />
          <span className="sub">
            {t('job.counts', {
              changed: number(changed),
              unchanged: number(unchanged),
              failed: number(failed),
            })}
          </span>
        </>
      ),
    },
    {
      head: t('user.status'),
      cell: ({ state }) => <Tag tone={tones[state]}>{t(`job.state.${state}`)}</Tag>,
      isTight: true,
    },
    {
      head: t('user.created'),
      cell: ({ created_at }) => <Time at={created_at} />,
      isTight: true,
      isLabelled: true,
    },
  ]
}
