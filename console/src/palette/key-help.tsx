/** `?`: the keys of the console. */
import { t } from '../text/text.ts'
import { Dialog } from '../ui/later.tsx'
import './palette.css'

export function KeyHelp({ onClose }: { onClose(): void }) {
  const command = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl'
  const rows: [keys: string[], what: string][] = [
    [[command, 'K'], t('palette.hint')],
    [['?'], t('keys.help')],
    [['/'], t('keys.search_users')],
    [['j', 'k'], t('keys.move_list')],
    [['Enter'], t('keys.open_user')],
    [['x'], t('keys.select_user')],
    [['n'], t('keys.new_user')],
    [['Esc'], t('keys.escape')],
  ]
  return (
    <Dialog title={t('keys.title')} isOpen onClose={onClose}>
      <dl className="key-help">
        {rows.map(([keys, what]) => (
          <Row key={what} keys={keys} what={what} />
        ))}
      </dl>
    </Dialog>
  )
}

function Row({ keys, what }: { keys: string[]; what: string }) {
  return (
    <>
      <dt>
        {keys.map((key) => (
          <kbd key={key}>{key}</kbd>
        ))}
      </dt>
      <dd>{what}</dd>
    </>
  )
}
