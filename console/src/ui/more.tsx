import { type ReactNode, useEffect, useRef } from 'react'
import { counted, t } from '../text/text.ts'
import { Button } from './button.tsx'

type Props = {
  pages: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage(): unknown }
  shown: number
  children?: ReactNode
}

/** Loads the next page when the end of the list comes near, or with the button. */
export function More({ pages, shown, children }: Props) {
  const end = useRef<HTMLDivElement>(null)
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = pages
  useEffect(() => {
    if (!hasNextPage || isFetchingNextPage || !end.current) return
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) fetchNextPage()
      },
      { rootMargin: '0px 0px 600px 0px' },
    )
    observer.observe(end.current)
    return () => observer.disconnect()
  }, [hasNextPage, isFetchingNextPage, fetchNextPage])
  return (
    <div className="below" ref={end}>
      <span>{counted('shown', shown)}</span>
      {hasNextPage && (
        <Button isBusy={isFetchingNextPage} onClick={() => fetchNextPage()}>
          {t('load_more')}
        </Button>
      )}
      {children}
    </div>
  )
}
