import { useQuery, useQueryClient } from '@tanstack/react-query'
import { RotateCw } from 'lucide-react'
import { useState } from 'react'
import { call } from '../api/call.ts'
import { useMay } from '../api/session.ts'
import type { SigningKey } from '../api/types.ts'
import { t } from '../text/text.ts'
import { Tag, Time } from '../ui/bits.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/later.tsx'
import { ProblemNotice } from '../ui/problem.tsx'
import { Failed, Loading } from '../ui/states.tsx'
import { toast } from '../ui/toasts.tsx'

const tones = { signing: 'good', next: 'plain', retiring: 'warn' } as const

/** The signing keys, and their early replacement. */
export function SigningKeys() {
  const may = useMay()
  const query = useQuery({
    queryKey: ['signing-keys'],
    queryFn: async () => (await call<SigningKey[]>('GET', '/signing-keys')).data,
  })
  const [isAsking, setAsking] = useState(false)
  if (query.isPending) return <Loading />
  if (query.isError) return <Failed error={query.error} retry={() => void query.refetch()} />
  return (
    <div className="stack">
      <div className="toolbar">
        <p className="dim grow">{t('signing_keys.text')}</p>
        {may('settings:write') && (
          <Button icon={<RotateCw size={16} aria-hidden />} onClick={() => setAsking(true)}>
            {t('signing_keys.rotate')}
          </Button>
        )}
      </div>
      <div className="card table-box">
        <table className="cards">
          <thead>
            <tr>
              <th>{t('signing_keys.id')}</th>
              <th>{t('signing_keys.algorithm')}</th>
              <th>{t('user.status')}</th>
              <th>{t('signing_keys.active')}</th>
              <th>{t('signing_keys.retired')}</th>
            </tr>
          </thead>
          <tbody>
            {query.data.map((key) => (
              <tr key={key.id}>
                <td>
                  <code>{key.id}</code>
                </td>
                <td data-label={t('signing_keys.algorithm')}>{key.algorithm}</td>
                <td className="tight inline">
                  <Tag tone={tones[key.state]}>{t(`signing_keys.state.${key.state}`)}</Tag>
                </td>
                <td className="tight" data-label={t('signing_keys.active')}>
                  <Time at={key.active_at} />
                </td>
                <td className="tight" data-label={t('signing_keys.retired')}>
                  {key.retired_at === null ? <span className="dim">–</span> : <Time at={key.retired_at} />}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Rotate isOpen={isAsking} onClose={() => setAsking(false)} />
    </div>
  )
}

function Rotate({ isOpen, onClose }: { isOpen: boolean; onClose(): void }) {
  const queries = useQueryClient()
  const [isNow, setNow] = useState(false)
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)

  async function run() {
    setBusy(true)
    setError(null)
    try {
      await call('POST', '/signing-keys/rotate', { body: { now: isNow } })
      toast(t('signing_keys.rotated'))
      onClose()
      await queries.invalidateQueries({ queryKey: ['signing-keys'] })
    } catch (caught) {
      setError(caught)
    }
    setBusy(false)
  }

  return (
    <Dialog title={t('signing_keys.rotate')} isOpen={isOpen} onClose={onClose}>
      <div className="stack">
        <p className="dim">{t('signing_keys.rotate_text')}</p>
        <label className="check">
          <input type="checkbox" checked={isNow} onChange={({ target }) => setNow(target.checked)} />
          {t('signing_keys.now')}
        </label>
        <ProblemNotice error={error} />
        <div className="actions end">
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button kind={isNow ? 'danger-primary' : 'primary'} isBusy={isBusy} onClick={run}>
            {t('signing_keys.rotate')}
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
