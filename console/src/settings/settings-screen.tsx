import { useQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { Search } from 'lucide-react'
import { useState } from 'react'
import { useMay } from '../api/session.ts'
import type { Installation } from '../api/types.ts'
import { Screen } from '../shell/screens.tsx'
import { t } from '../text/text.ts'
import { Tag, Time } from '../ui/bits.tsx'
import { Empty, Failed, Loading, NoPermission } from '../ui/states.tsx'
import { Tabs } from '../ui/tabs.tsx'
import { installationQuery } from './installation.ts'
import { Mails } from './mails.tsx'
import { SigningKeys } from './signing-keys.tsx'

export function SettingsScreen() {
  const may = useMay()
  return may('settings:read') ? <Parts /> : <NoPermission />
}

function Parts() {
  const { tab = 'settings' } = useSearch({ from: '/console/settings' })
  const tabs = [
    { id: 'settings', label: t('nav.settings') },
    { id: 'keys', label: t('settings.keys') },
    { id: 'mails', label: t('settings.mails') },
  ]
  return (
    <Screen title={t('nav.settings')} subtitle={tab === 'settings' && t('settings.text')}>
      <Tabs tabs={tabs} current={tab} />
      {tab === 'settings' && <Settings />}
      {tab === 'keys' && <SigningKeys />}
      {tab === 'mails' && <Mails />}
    </Screen>
  )
}

/** The settings of the service. They can only be changed in its environment. */
function Settings() {
  const query = useQuery(installationQuery)
  return (
    <>
      {query.isPending && <Loading />}
      {query.isError && <Failed error={query.error} retry={() => void query.refetch()} />}
      {query.data && <Values installation={query.data} />}
    </>
  )
}

function Values({ installation }: { installation: Installation }) {
  const [text, setText] = useState('')
  const [isOnlySet, setOnlySet] = useState(true)
  const wanted = text.trim().toLowerCase()
  const shown = installation.settings.filter(
    ({ name, about, source }) =>
      (!isOnlySet || wanted !== '' || source !== 'default') &&
      (name.toLowerCase().includes(wanted) || about.toLowerCase().includes(wanted)),
  )
  return (
    <>
      <div className="toolbar">
        <search className="search">
          <Search size={16} aria-hidden />
          <input
            className="input"
            type="search"
            aria-label={t('settings.search')}
            placeholder={t('settings.search')}
            value={text}
            onChange={({ target }) => setText(target.value)}
          />
        </search>
        <label className="check">
          <input type="checkbox" checked={isOnlySet} onChange={({ target }) => setOnlySet(target.checked)} />
          {t('settings.only_set')}
        </label>
      </div>
      {shown.length === 0 ? (
        <Empty title={t('settings.none')} />
      ) : (
        <div className="card table-box">
          <table className="cards">
            <thead>
              <tr>
                <th>{t('settings.name')}</th>
                <th>{t('settings.value')}</th>
                <th>{t('settings.source')}</th>
              </tr>
            </thead>
            <tbody>
              {shown.map(({ name, value, source, about }) => (
                <tr key={name}>
                  <td>
                    <code>{name}</code>
                    <span className="sub">{about.replaceAll('`', '')}</span>
                  </td>
                  <td className="value" data-label={t('settings.value')}>
                    {value === '(secret)' ? (
                      <span className="dim">{t('settings.secret')}</span>
                    ) : (
                      <code>{value}</code>
                    )}
                  </td>
                  <td className="tight inline">
                    <Tag tone={source === 'default' ? 'plain' : 'good'}>{t(`settings.source.${source}`)}</Tag>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <p className="below">
        <span>
          Roster {installation.version} · Node.js {installation.node} · {t('settings.running_since')}{' '}
          <Time at={installation.started_at} isExact />
        </span>
      </p>
    </>
  )
}
