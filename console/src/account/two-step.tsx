/** The second factors of an account: an authenticator app, passkeys, recovery codes. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Smartphone } from 'lucide-react'
import { useState } from 'react'
import { call } from '../api/call.ts'
import { sessionQuery } from '../api/session.ts'
import type { Factors } from '../api/types.ts'
import { t } from '../text/text.ts'
import { Secret, Tag, Time } from '../ui/bits.tsx'
import { Button } from '../ui/button.tsx'
import { TextField } from '../ui/field.tsx'
import { Dialog } from '../ui/later.tsx'
import { Failed, Loading } from '../ui/states.tsx'
import { Ask, ShownCodes } from './factor-dialogs.tsx'
import { Passkeys } from './passkeys.tsx'

type NewTotp = { secret: string; qr_svg: string }
type Codes = { recovery_codes: string[] | null }
type Task = 'add' | 'codes' | 'remove'

export function TwoStep({ userId }: { userId: string }) {
  const queries = useQueryClient()
  const [task, setTask] = useState<Task | null>(null)
  const query = useQuery({
    queryKey: ['factors', userId],
    queryFn: async () => (await call<Factors>('GET', `/users/${userId}/factors`)).data,
  })
  const close = () => {
    setTask(null)
    void queries.invalidateQueries({ queryKey: ['factors', userId] })
    void queries.invalidateQueries({ queryKey: sessionQuery.queryKey })
  }
  return (
    <section className="card pad stack">
      <h2>{t('two_step.title')}</h2>
      {query.isPending && <Loading />}
      {query.isError && <Failed error={query.error} retry={() => void query.refetch()} />}
      {query.data && <State factors={query.data} userId={userId} choose={setTask} />}
      {task === 'add' && <Add userId={userId} onClose={close} />}
      {task === 'codes' && <NewCodes userId={userId} onClose={close} />}
      {task === 'remove' && (
        <Remove userId={userId} isLast={query.data?.passkeys.length === 0} onClose={close} />
      )}
    </section>
  )
}

function State({ factors, userId, choose }: { factors: Factors; userId: string; choose(task: Task): void }) {
  const { totp, passkeys, recovery_codes: codes } = factors
  return (
    <>
      <p className="dim">{t('two_step.text')}</p>
      <div className="stack">
        <h3>{t('two_step.app')}</h3>
        {totp ? (
          <div className="actions">
            <p className="grow">
              <Tag tone={totp.locked ? 'warn' : 'good'}>
                {t(totp.locked ? 'two_step.locked' : 'two_step.on')}
              </Tag>{' '}
              <span className="dim">
                {t('passkeys.created')} <Time at={totp.created_at} />
              </span>
            </p>
            <Button kind="danger" onClick={() => choose('remove')}>
              {t('two_step.remove')}
            </Button>
          </div>
        ) : (
          <div>
            <Button icon={<Smartphone size={16} aria-hidden />} onClick={() => choose('add')}>
              {t('two_step.add')}
            </Button>
          </div>
        )}
      </div>
      <Passkeys userId={userId} passkeys={passkeys} hasApp={totp !== null} />
      {codes && (
        <div className="stack">
          <h3>{t('two_step.recovery')}</h3>
          <div className="actions">
            <p className="dim grow">{t('two_step.left', { count: codes.left })}</p>
            <Button onClick={() => choose('codes')}>{t('two_step.new_codes')}</Button>
          </div>
        </div>
      )}
    </>
  )
}

function Add({ userId, onClose }: { userId: string; onClose(): void }) {
  const [added, setAdded] = useState<NewTotp | null>(null)
  const [codes, setCodes] = useState<string[] | null>(null)
  if (codes) return <ShownCodes codes={codes} onClose={onClose} />
  if (!added)
    return (
      <Dialog title={t('two_step.add')} isOpen onClose={onClose}>
        <Ask
          button={t('two_step.next')}
          onClose={onClose}
          act={async () =>
            setAdded((await call<NewTotp>('POST', `/users/${userId}/totp`, { body: {} })).data)
          }
        >
          <p>{t('two_step.add_text')}</p>
        </Ask>
      </Dialog>
    )
  return (
    <Dialog title={t('two_step.add')} isOpen onClose={onClose}>
      <Ask
        button={t('two_step.confirm')}
        onClose={onClose}
        act={async (body) => {
          const { data } = await call<Codes>('PUT', `/users/${userId}/totp`, { body })
          if (data.recovery_codes) setCodes(data.recovery_codes)
          else onClose()
        }}
      >
        <p>{t('two_step.scan')}</p>
        <img
          className="qr"
          src={`data:image/svg+xml,${encodeURIComponent(added.qr_svg)}`}
          alt={t('two_step.qr')}
          width="220"
          height="220"
        />
        <p className="dim">{t('two_step.by_hand')}</p>
        <Secret text={added.secret} />
        <TextField
          label={t('two_step.code')}
          name="code"
          inputMode="numeric"
          autoComplete="one-time-code"
          required
        />
      </Ask>
    </Dialog>
  )
}

function NewCodes({ userId, onClose }: { userId: string; onClose(): void }) {
  const [codes, setCodes] = useState<string[] | null>(null)
  if (codes) return <ShownCodes codes={codes} onClose={onClose} />
  return (
    <Dialog title={t('two_step.new_codes')} isOpen onClose={onClose}>
      <Ask
        button={t('two_step.new_codes')}
        onClose={onClose}
        act={async (body) =>
          setCodes(
            (await call<Codes>('POST', `/users/${userId}/recovery-codes`, { body })).data.recovery_codes,
          )
        }
      >
        <p>{t('two_step.new_codes_text')}</p>
      </Ask>
    </Dialog>
  )
}

function Remove({ userId, isLast, onClose }: { userId: string; isLast: boolean; onClose(): void }) {
  return (
    <Dialog title={t('two_step.remove')} isOpen onClose={onClose}>
      <Ask
        button={t('two_step.remove')}
        isDangerous
        onClose={onClose}
        act={async (body) => {
          await call('DELETE', `/users/${userId}/totp`, { body })
          onClose()
        }}
      >
        <p>{t(isLast ? 'two_step.remove_text' : 'two_step.remove_one_text')}</p>
      </Ask>
    </Dialog>
  )
}
