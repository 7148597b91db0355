import { Menu as Base } from '@base-ui/react/menu'
import type { ReactElement, ReactNode } from 'react'

export type MenuItem =
  | { label: string; icon?: ReactNode; isDangerous?: boolean; act(): void }
  /** Switches something on or off; the menu stays open. */
  | { label: string; icon?: ReactNode; isChecked: boolean; act(): void }
  | { label: string; icon?: ReactNode; href: string }
  | null

/** A button that opens a list of actions. */
export function Menu({ trigger, items }: { trigger: ReactElement; items: readonly MenuItem[] }) {
  return (
    <Base.Root>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner align="end" sideOffset={6} className="menu-place">
          <Base.Popup className="menu">
            {items.map((item, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the items of a menu stay in their order
              <MenuRow item={item} key={index} />
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}

function MenuRow({ item }: { item: MenuItem }) {
  if (item === null) return <Base.Separator className="menu-line" />
  if ('href' in item)
    return (
      <Base.LinkItem className="menu-item" href={item.href}>
        {item.icon}
        {item.label}
      </Base.LinkItem>
    )
  if ('isChecked' in item)
    return (
      <Base.CheckboxItem
        className="menu-item"
        checked={item.isChecked}
        closeOnClick={false}
        onCheckedChange={item.act}
      >
        {item.icon}
        {item.label}
      </Base.CheckboxItem>
    )
  return (
    <Base.Item className={item.isDangerous ? 'menu-item danger' : 'menu-item'} onClick={item.act}>
      {item.icon}
      {item.label}
    </Base.Item>
  )
}
