import { Link } from '@tanstack/react-router'

type Props = { tabs: readonly { id: string; label: string }[]; current: string }

/** Parts of a screen, each with its own URL. */
export function Tabs({ tabs, current }: Props) {
  return (
    <nav className="tabs" aria-label={tabs.find(({ id }) => id === current)?.label}>
      {tabs.map(({ id, label }) => (
        <Link
          key={id}
          to="."
          search={{ tab: id }}
          replace
          activeProps={{}}
          activeOptions={{ includeSearch: true }}
          aria-current={id === current ? 'page' : undefined}
        >
          {label}
        </Link>
      ))}
    </nav>
  )
}
