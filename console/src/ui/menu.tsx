import {
  cloneElement,
  type KeyboardEvent,
  type ReactElement,
  type ReactNode,
  useId,
  useRef,
  useState,
} from 'react'
import { loadOverlays, MenuList } from './later.tsx'

export type MenuItem =
  | { label: string; icon?: ReactNode; isDangerous?: boolean; act(): void }
  /** Switches something on or off; the menu stays open. */
  | { label: string; icon?: ReactNode; isChecked: boolean; act(): void }
  | { label: string; icon?: ReactNode; href: string }
  | { label: string; isDisabled: true }
  | null

type Props = {
  trigger: ReactElement<object>
  /** The actions; none while they are loading. */
  items: readonly MenuItem[]
  /** Called when the button gets the pointer or the focus. */
  onIntent?(): void
}

/** A button that opens a list of actions. */
export function Menu({ trigger, items, onIntent }: Props) {
  const [isWanted, setOpen] = useState(false)
  const isOpen = isWanted && items.length > 0
  const button = useRef<HTMLButtonElement>(null)
  const id = useId()
  const prepare = () => {
    void loadOverlays()
    onIntent?.()
  }
  const props = {
    ref: button,
    id,
    'aria-haspopup': 'menu',
    'aria-expanded': isOpen,
    onPointerEnter: prepare,
    onFocus: prepare,
    onClick: () => setOpen(!isOpen),
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key !== 'ArrowDown') return
      event.preventDefault()
      setOpen(true)
    },
  }
  return (
    <>
      {cloneElement(trigger, props)}
      <MenuList button={button} labelledBy={id} items={items} isOpen={isOpen} setOpen={setOpen} />
    </>
  )
}
