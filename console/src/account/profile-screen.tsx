import { useQuery } from '@tanstack/react-query'
import { useSession } from '../api/session.ts'
import { Screen } from '../shell/screens.tsx'
import { t } from '../text/text.ts'
import { Failed, Loading } from '../ui/states.tsx'
import { userQuery } from '../users/user-query.ts'
import { EmailForm } from './email-form.tsx'
import { NamesForm } from './names-form.tsx'
import { OwnProfile } from './own-profile.tsx'

/** Your own names and address. */
export function ProfileScreen() {
  const { user } = useSession()
  const query = useQuery(userQuery(user.id))
  return (
    <div className="narrow">
      <Screen title={t('nav.profile')}>
        {query.isPending && <Loading />}
        {query.isError && <Failed error={query.error} retry={() => void query.refetch()} />}
        {query.data && (
          <div className="stack">
            <NamesForm versioned={query.data} />
            <EmailForm user={query.data.user} />
            <OwnProfile key={JSON.stringify(query.data.user.profile)} versioned={query.data} />
          </div>
        )}
      </Screen>
    </div>
  )
}
