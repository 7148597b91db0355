/**
 * Overlays: dialogs, menus, the drawer. They are loaded after the first screen, or when a button needs them, so that the
 * first screen does not wait.
 */
import { Dialog } from '@base-ui/react/dialog'
import { Menu } from '@base-ui/react/menu'
import { X } from 'lucide-react'
import { type ReactNode, type RefObject, useRef } from 'react'
import { t } from '../text/text.ts'
import { Button } from './button.tsx'
import type { MenuItem } from './menu.tsx'

export { Dialog as BaseDialog } from '@base-ui/react/dialog'

type DialogProps = {
  title: string
  isOpen: boolean
  onClose(): void
  children: ReactNode
  width?: 'normal' | 'wide'
}

/** A modal dialog. The focus stays inside, and returns to its previous element at the end. */
export function DialogBox({ title, isOpen, onClose, children, width = 'normal' }: DialogProps) {
  const popup = useRef<HTMLDivElement>(null)
  return (
    <OverPage isOpen={isOpen} onClose={onClose}>
      <Dialog.Popup
        ref={popup}
        className={`dialog ${width}`}
        initialFocus={() => popup.current?.querySelector<HTMLElement>('input, select, textarea') ?? true}
      >
        <div className="dialog-head">
          <Dialog.Title>{title}</Dialog.Title>
          <CloseButton />
        </div>
        {children}
      </Dialog.Popup>
    </OverPage>
  )
}

type DrawerProps = { name: string; head: ReactNode; isOpen: boolean; onClose(): void; children: ReactNode }

/** The navigation of narrow windows, from the side. */
export function Drawer({ name, head, isOpen, onClose, children }: DrawerProps) {
  return (
    <OverPage isOpen={isOpen} onClose={onClose}>
      <Dialog.Popup className="drawer" aria-label={name}>
        <div className="drawer-head">
          {head}
          <CloseButton />
        </div>
        {children}
      </Dialog.Popup>
    </OverPage>
  )
}

function OverPage({ isOpen, onClose, children }: Pick<DialogProps, 'isOpen' | 'onClose' | 'children'>) {
  return (
    <Dialog.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        {children}
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function CloseButton() {
  return (
    <Dialog.Close render={<Button kind="quiet" label={t('close')} icon={<X size={18} aria-hidden />} />} />
  )
}

type MenuListProps = {
  /** The button that opens the menu, and gets the focus back. */
  button: RefObject<HTMLElement | null>
  labelledBy: string
  items: readonly MenuItem[]
  isOpen: boolean
  setOpen(isOpen: boolean): void
}

/** A list of actions next to its button. */
export function MenuList({ button, labelledBy, items, isOpen, setOpen }: MenuListProps) {
  return (
    <Menu.Root open={isOpen} onOpenChange={setOpen}>
      <Menu.Portal>
        <Menu.Positioner anchor={button} align="end" sideOffset={6} className="menu-place">
          <Menu.Popup className="menu" aria-labelledby={labelledBy} finalFocus={button}>
            {items.map((item, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the items of a menu stay in their order
              <MenuRow item={item} key={index} />
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}

function MenuRow({ item }: { item: MenuItem }) {
  if (item === null) return <Menu.Separator className="menu-line" />
  if ('href' in item)
    return (
      <Menu.LinkItem className="menu-item" href={item.href}>
        {item.icon}
        {item.label}
      </Menu.LinkItem>
    )
  if ('isChecked' in item)
    return (
      <Menu.CheckboxItem
        className="menu-item"
        checked={item.isChecked}
        closeOnClick={false}
        onCheckedChange={item.act}
      >
        {item.icon}
        {item.label}
      </Menu.CheckboxItem>
    )
  if ('isDisabled' in item)
    return (
      <Menu.Item className="menu-item dim" disabled>
        {item.label}
      </Menu.Item>
    )
  return (
    <Menu.Item className={item.isDangerous ? 'menu-item danger' : 'menu-item'} onClick={item.act}>
      {item.icon}
      {item.label}
    </Menu.Item>
  )
}
