import { Link } from '@tanstack/react-router'
import type { ApiKey } from '../api/types.ts'
import { t } from '../text/text.ts'
import { Tag, Time } from '../ui/bits.tsx'
import type { Column } from '../ui/table-screen.tsx'

const unusedAfterMs = 90 * 86_400_000

/** @param ownerOf the name or the id of the owner; null in a list of the own keys */
export function keyColumns(ownerOf: ((key: ApiKey) => string) | null, hasLinks: boolean): Column<ApiKey>[] {
  const owner: Column<ApiKey> = {
    head: t('keys.owner'),
    cell: (key) => {
      const name = ownerOf?.(key)
      if (!hasLinks) return <span className="name short">{name}</span>
      return (
        <Link
          className="name short"
          title={name}
          to="/console/users/$id"
          params={{ id: key.user_id }}
          search={{ tab: 'security' }}
        >
          {name}
        </Link>
      )
    },
    isTight: true,
    isLabelled: true,
  }
  return [
    {
      head: t('key.name'),
      cell: (key) => (
        <>
          <span className="name">{key.name}</span> <State apiKey={key} />
          <code className="sub one-line">{key.prefix}…</code>
        </>
      ),
    },
    ...(ownerOf ? [owner] : []),
    {
      head: t('key.permissions'),
      cell: ({ permissions }) => (
        <span className="tags">
          {permissions.map((permission) => (
            <Tag key={permission}>{permission}</Tag>
          ))}
        </span>
      ),
    },
    {
      head: t('key.last_used'),
      cell: (key) => <Time at={key.last_used_at} />,
      isTight: true,
      isLabelled: true,
    },
    { head: t('key.expires'), cell: (key) => <Time at={key.expires_at} />, isTight: true, isLabelled: true },
  ]
}

function State({ apiKey: { expires_at, last_used_at, created_at } }: { apiKey: ApiKey }) {
  if (Date.parse(expires_at) <= Date.now()) return <Tag>{t('keys.expired')}</Tag>
  if (Date.now() - Date.parse(last_used_at ?? created_at) > unusedAfterMs)
    return <Tag tone="warn">{t('keys.unused')}</Tag>
  return null
}
