/** The passkeys of an account: add, rename, remove. */
import { useQueryClient } from '@tanstack/react-query'
import { KeyRound } from 'lucide-react'
import { useState } from 'react'
import { call, refusal } from '../api/call.ts'
import { sessionQuery } from '../api/session.ts'
import type { Passkey } from '../api/types.ts'
import { hasPasskeys, makePasskey } from '../passkey/passkey.ts'
import { t } from '../text/text.ts'
import { Tag, Time } from '../ui/bits.tsx'
import { Button } from '../ui/button.tsx'
import { ConfirmButton } from '../ui/dialog.tsx'
import { TextField } from '../ui/field.tsx'
import { Dialog } from '../ui/later.tsx'
import { Ask, ShownCodes } from './factor-dialogs.tsx'

type Added = { recovery_codes: string[] | null }
type Options = { options: Record<string, unknown> }

type Props = { userId: string; passkeys: readonly Passkey[]; hasApp: boolean }

export function Passkeys({ userId, passkeys, hasApp }: Props) {
  const isLast = passkeys.length === 1 && !hasApp
  const queries = useQueryClient()
  const [renamed, setRenamed] = useState<Passkey | null>(null)
  const [isAdding, setAdding] = useState(false)
  const renew = async () => {
    await queries.invalidateQueries({ queryKey: ['factors', userId] })
    await queries.invalidateQueries({ queryKey: sessionQuery.queryKey })
  }
  const close = () => {
    setAdding(false)
    setRenamed(null)
    void renew()
  }
  return (
    <div className="stack">
      <h3>{t('passkeys.title')}</h3>
      <p className="dim">{t('passkeys.text')}</p>
      {passkeys.length > 0 && (
        <ul className="items">
          {passkeys.map((passkey) => (
            <li key={passkey.id}>
              <KeyRound size={20} aria-hidden />
              <div className="grow">
                <p className="title">
                  {passkey.name}
                  {passkey.backed_up && <Tag>{t('passkeys.synchronised')}</Tag>}
                </p>
                <p className="dim">
                  {passkey.product && `${passkey.product} · `}
                  {t('passkeys.created')} <Time at={passkey.created_at} />
                  {passkey.last_used_at && (
                    <>
                      {' · '}
                      {t('passkeys.used')} <Time at={passkey.last_used_at} />
                    </>
                  )}
                </p>
              </div>
              <Button kind="quiet" onClick={() => setRenamed(passkey)}>
                {t('passkeys.rename')}
              </Button>
              <ConfirmButton
                title={t('passkeys.remove_title', { name: passkey.name })}
                text={t(isLast ? 'passkeys.remove_last_text' : 'passkeys.remove_text')}
                button={t('passkeys.remove')}
                act={async () => {
                  await call('DELETE', `/users/${userId}/passkeys/${passkey.id}`)
                  await renew()
                }}
              />
            </li>
          ))}
        </ul>
      )}
      {hasPasskeys ? (
        <div>
          <Button icon={<KeyRound size={16} aria-hidden />} onClick={() => setAdding(true)}>
            {t('passkeys.add')}
          </Button>
        </div>
      ) : (
        <p className="dim">{t('passkeys.unsupported')}</p>
      )}
      {isAdding && <Add userId={userId} onClose={close} />}
      {renamed && <Rename userId={userId} passkey={renamed} onClose={close} />}
    </div>
  )
}

function Add({ userId, onClose }: { userId: string; onClose(): void }) {
  const [codes, setCodes] = useState<string[] | null>(null)
  if (codes) return <ShownCodes codes={codes} onClose={onClose} />
  const add = async (name: string) => {
    const { data } = await call<Options>('POST', `/users/${userId}/passkeys/options`)
    const passkey = await makePasskey(data.options)
    if (passkey === null) throw refusal(t('passkeys.not_made'))
    if (passkey === 'known') throw refusal(t('passkeys.known'))
    const added = await call<Added>('POST', `/users/${userId}/passkeys`, { body: { name, passkey } })
    if (added.data.recovery_codes) setCodes(added.data.recovery_codes)
    else onClose()
  }
  return (
    <Dialog title={t('passkeys.add')} isOpen onClose={onClose}>
      <Ask button={t('passkeys.make')} onClose={onClose} act={({ name }) => add(name ?? '')}>
        <p>{t('passkeys.add_text')}</p>
        <TextField
          label={t('passkeys.name')}
          name="name"
          defaultValue={t('passkeys.default_name')}
          maxLength={100}
          required
        />
      </Ask>
    </Dialog>
  )
}

function Rename({ userId, passkey, onClose }: { userId: string; passkey: Passkey; onClose(): void }) {
  return (
    <Dialog title={t('passkeys.rename')} isOpen onClose={onClose}>
      <Ask
        button={t('save')}
        onClose={onClose}
        act={async ({ name }) => {
          await call('PATCH', `/users/${userId}/passkeys/${passkey.id}`, { body: { name } })
          onClose()
        }}
      >
        <TextField
          label={t('passkeys.name')}
          name="name"
          defaultValue={passkey.name}
          maxLength={100}
          required
        />
      </Ask>
    </Dialog>
  )
}
