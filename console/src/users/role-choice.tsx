import { useQuery } from '@tanstack/react-query'
import { useMay } from '../api/session.ts'
import { t } from '../text/text.ts'
import { CheckField } from '../ui/field.tsx'
import { rolesQuery } from './filter-chips.tsx'

type Props = {
  chosen: readonly string[]
  change(roles: string[]): void
  isDisabled?: boolean
  legend?: string
}

/** The roles of a user, to check. Without the permission to read roles, only the roles of the user are shown. */
export function RoleChoice({ chosen, change, isDisabled = false, legend = t('user.roles') }: Props) {
  const may = useMay()
  const { data } = useQuery({ ...rolesQuery, enabled: may('roles:read') })
  const names = [...new Set([...(data ?? []).map(({ name }) => name), ...chosen])]
  const descriptions = new Map((data ?? []).map(({ name, description }) => [name, description]))
  return (
    <fieldset className="choices" disabled={isDisabled}>
      <legend>{legend}</legend>
      {names.map((name) => (
        <CheckField
          key={name}
          label={name}
          hint={descriptions.get(name)}
          checked={chosen.includes(name)}
          onChange={({ target }) =>
            change(target.checked ? [...chosen, name] : chosen.filter((each) => each !== name))
          }
        />
      ))}
    </fieldset>
  )
}
