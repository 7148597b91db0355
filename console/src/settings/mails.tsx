import { useQuery } from '@tanstack/react-query'
import { Send } from 'lucide-react'
import { useState } from 'react'
import { call } from '../api/call.ts'
import { useMay } from '../api/session.ts'
import type { MailTemplate, TestMail } from '../api/types.ts'
import { currentLanguage, t } from '../text/text.ts'
import { Button } from '../ui/button.tsx'
import { SelectField } from '../ui/field.tsx'
import { ProblemNotice } from '../ui/problem.tsx'
import { Failed, Loading } from '../ui/states.tsx'

/** A preview of every mail, and a test mail to the user. */
export function Mails() {
  const may = useMay()
  const query = useQuery({
    queryKey: ['mail-templates'],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async () => (await call<MailTemplate[]>('GET', '/mail-templates')).data,
  })
  if (query.isPending) return <Loading />
  if (query.isError) return <Failed error={query.error} retry={() => void query.refetch()} />
  return (
    <div className="stack">
      {may('settings:write') && <TestMailCard />}
      <Preview templates={query.data} />
    </div>
  )
}

function TestMailCard() {
  const [result, setResult] = useState<TestMail | null>(null)
  const [error, setError] = useState<unknown>(null)
  const [isBusy, setBusy] = useState(false)

  async function send() {
    setBusy(true)
    setError(null)
    setResult(null)
    try {
      setResult((await call<TestMail>('POST', '/test-mail')).data)
    } catch (caught) {
      setError(caught)
    }
    setBusy(false)
  }

  return (
    <section className="card pad stack">
      <h2>{t('mails.test')}</h2>
      <p className="dim">{t('mails.test_text')}</p>
      <ProblemNotice error={error} />
      {result && (
        <div className={result.outcome === 'sent' ? 'notice good' : 'notice warn'} role="status">
          {t(`mails.outcome.${result.outcome}`, { address: result.address })}
          {result.reason && <code className="sub">{result.reason}</code>}
        </div>
      )}
      <div className="actions">
        <Button icon={<Send size={16} aria-hidden />} isBusy={isBusy} onClick={send}>
          {t('mails.send')}
        </Button>
      </div>
    </section>
  )
}

function Preview({ templates }: { templates: readonly MailTemplate[] }) {
  const languages = [...new Set(templates.map(({ language }) => language))]
  const [language, setLanguage] = useState<MailTemplate['language']>(currentLanguage())
  const inLanguage = templates.filter((template) => template.language === language)
  const [name, setName] = useState(templates[0]?.name ?? '')
  const shown = inLanguage.find((template) => template.name === name) ?? inLanguage[0]
  return (
    <section className="card pad stack">
      <h2>{t('mails.preview')}</h2>
      <div className="stack narrow">
        <SelectField label={t('mails.name')} value={name} onChange={({ target }) => setName(target.value)}>
          {inLanguage.map((template) => (
            <option key={template.name} value={template.name}>
              {template.subject}
            </option>
          ))}
        </SelectField>
        <SelectField
          label={t('mails.language')}
          value={language}
          onChange={({ target }) => setLanguage(target.value as MailTemplate['language'])}
        >
          {languages.map((each) => (
            <option key={each} value={each}>
              {new Intl.DisplayNames(each, { type: 'language' }).of(each)}
            </option>
          ))}
        </SelectField>
      </div>
      {shown && (
        <article className="mail" lang={language} aria-label={shown.subject}>
          <h3>{shown.subject}</h3>
          <p className="mail-text">{shown.text}</p>
        </article>
      )}
    </section>
  )
}
