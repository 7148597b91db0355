import { useState } from 'react'
import type { CreatedApplication } from '../api/types.ts'
import { t } from '../text/text.ts'
import { CodeBlock, Secret } from '../ui/bits.tsx'
import { Button } from '../ui/button.tsx'
import { SelectField } from '../ui/field.tsx'
import { Dialog } from '../ui/later.tsx'
import { machineSnippet, type SnippetName, snippets } from './snippets.ts'

const names = Object.keys(snippets) as SnippetName[]

/** Shows the secret of a new application once, also inside configurations of common software. */
export function ApplicationMade({
  application,
  onClose,
}: {
  application: CreatedApplication
  onClose(): void
}) {
  return (
    <Dialog title={t('apps.made', { name: application.name })} isOpen onClose={onClose} width="wide">
      <div className="stack">
        <p>{t('apps.made_text')}</p>
        <p className="dim">{t('app.issuer')}</p>
        <Secret text={location.origin} />
        <p className="dim">{t('app.client_id')}</p>
        <Secret text={application.client_id} />
        {application.client_secret && (
          <>
            <p className="dim">{t('app.client_secret')}</p>
            <Secret text={application.client_secret} />
          </>
        )}
        {application.kind === 'web' && (
          <>
            <Configuration application={application} />
            <p className="dim small">{t('apps.guides')}</p>
          </>
        )}
        {application.kind === 'machine' && application.permissions.length > 0 && (
          <Commands application={application} />
        )}
        <div className="actions end">
          <Button kind="primary" onClick={onClose}>
            {t('done')}
          </Button>
        </div>
      </div>
    </Dialog>
  )
}

/** Commands with which a program gets a token for the API. */
function Commands({ application }: { application: CreatedApplication }) {
  const text = machineSnippet({
    issuer: location.origin,
    clientId: application.client_id,
    clientSecret: application.client_secret ?? '',
    scope: application.permissions.join(' '),
  })
  return <CodeBlock head={<p className="grow">{t('apps.commands')}</p>} text={text} />
}

function Configuration({ application }: { application: CreatedApplication }) {
  const [name, setName] = useState<SnippetName>('environment')
  const [random] = useState(randomText)
  const text = snippets[name]({
    issuer: location.origin,
    clientId: application.client_id,
    clientSecret: application.client_secret ?? '',
    redirectUri: application.redirect_uris[0] ?? '',
    random,
  })
  const choice = (
    <div className="grow">
      <SelectField
        label={t('apps.configuration')}
        value={name}
        onChange={({ target }) => setName(target.value as SnippetName)}
      >
        {names.map((each) => (
          <option key={each} value={each}>
            {t(`apps.configuration.${each}`)}
          </option>
        ))}
      </SelectField>
    </div>
  )
  return <CodeBlock head={choice} text={text} />
}

function randomText(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
}
