/** Dialogs, menus and the drawer, loaded at their first use. */
import { type ComponentProps, lazy, Suspense, useState } from 'react'

/** Loads them before their first use. */
export const loadOverlays = () => import('./overlays.tsx')

const LazyDialog = lazy(async () => ({ default: (await loadOverlays()).DialogBox }))
const LazyDrawer = lazy(async () => ({ default: (await loadOverlays()).Drawer }))
const LazyMenu = lazy(async () => ({ default: (await loadOverlays()).MenuList }))

export function Dialog(props: ComponentProps<typeof LazyDialog>) {
  return <Suspense>{useOpened(props.isOpen) && <LazyDialog {...props} />}</Suspense>
}

export function Drawer(props: ComponentProps<typeof LazyDrawer>) {
  return <Suspense>{useOpened(props.isOpen) && <LazyDrawer {...props} />}</Suspense>
}

export function MenuList(props: ComponentProps<typeof LazyMenu>) {
  return <Suspense>{useOpened(props.isOpen) && <LazyMenu {...props} />}</Suspense>
}

function useOpened(isOpen: boolean): boolean {
  const [wasOpen, setOpened] = useState(isOpen)
  if (isOpen && !wasOpen) setOpened(true)
  return wasOpen
}
