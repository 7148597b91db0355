import { CSPProvider } from '@base-ui/react/csp-provider'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode, startTransition } from 'react'
import { createRoot } from 'react-dom/client'
import { ApiError } from './api/call.ts'
import { goToSignIn, sessionQuery } from './api/session.ts'
import { createAppRouter } from './routes.tsx'
import { ProveAgain } from './shell/prove-again.tsx'
import { SignInAgain } from './shell/sign-in-again.tsx'
import { applyTheme, keepLanguage, readLanguage, readTheme } from './text/language.ts'
import { currentLanguage, loadTexts } from './text/text.ts'
import { loadOverlays } from './ui/later.tsx'
import { Failed } from './ui/states.tsx'
import { Toasts } from './ui/toasts.tsx'
import './style/app.css'

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (count, error) => count < 2 && !(error instanceof ApiError && error.status < 500),
    },
  },
})

/** The milliseconds after which dialogs and menus are loaded, so that they work offline too. */
const overlaysAfter = 2_000

applyTheme(readTheme())
const root = createRoot(document.querySelector('#app')!)

async function start(): Promise<void> {
  const router = createAppRouter(queries)
  try {
    const [{ user, impersonator }] = await Promise.all([
      queries.fetchQuery(sessionQuery),
      loadTexts(),
      router.load(),
    ])
    const language = readLanguage(user.locale)
    // An administrator who acts as the user reads the pages in the language of before.
    if (!impersonator && language !== currentLanguage()) {
      keepLanguage(language)
      await loadTexts(language)
    }
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return goToSignIn()
    return root.render(<Failed error={error} retry={() => location.reload()} />)
  }
  const app = (
    <StrictMode>
      <CSPProvider disableStyleElements>
        <QueryClientProvider client={queries}>
          <RouterProvider router={router} />
          <SignInAgain />
          <ProveAgain />
          <Toasts />
        </QueryClientProvider>
      </CSPProvider>
    </StrictMode>
  )
  // A transition is rendered in small parts, between which the browser can react.
  startTransition(() => root.render(app))
  setTimeout(() => void loadOverlays(), overlaysAfter)
}

void start()
