import { CSPProvider } from '@base-ui/react/csp-provider'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { ApiError } from './api/call.ts'
import { goToSignIn, sessionQuery } from './api/session.ts'
import { createAppRouter } from './routes.tsx'
import { ProveAgain } from './shell/prove-again.tsx'
import { SignInAgain } from './shell/sign-in-again.tsx'
import { applyTheme, readTheme } from './text/language.ts'
import { loadTexts } from './text/text.ts'
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

applyTheme(readTheme())
const root = createRoot(document.querySelector('#app')!)

async function start(): Promise<void> {
  const router = createAppRouter(queries)
  try {
    await Promise.all([queries.fetchQuery(sessionQuery), loadTexts(), router.load()])
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return goToSignIn()
    return root.render(<Failed error={error} retry={() => location.reload()} />)
  }
  root.render(
    <StrictMode>
      <CSPProvider disableStyleElements>
        <QueryClientProvider client={queries}>
          <RouterProvider router={router} />
          <SignInAgain />
          <ProveAgain />
          <Toasts />
        </QueryClientProvider>
      </CSPProvider>
    </StrictMode>,
  )
}

void start()
