import { WifiOff } from 'lucide-react'
import { useSyncExternalStore } from 'react'
import { t } from '../text/text.ts'

function subscribe(listener: () => void) {
  addEventListener('online', listener)
  addEventListener('offline', listener)
  return () => {
    removeEventListener('online', listener)
    removeEventListener('offline', listener)
  }
}

/** Shows that there is no network; the content stays. */
export function Offline() {
  const isOnline = useSyncExternalStore(subscribe, () => navigator.onLine)
  return (
    <div role="status">
      {!isOnline && (
        <div className="notice warn offline">
          <WifiOff size={18} aria-hidden />
          {t('offline')}
        </div>
      )}
    </div>
  )
}
