import type { Permission } from '../api/types.ts'
import { textOr } from '../text/text.ts'
import { CheckField } from './field.tsx'

type Props = {
  label: string
  offered: readonly Permission[]
  chosen: readonly Permission[]
  change(permissions: Permission[]): void
  problem?: string | undefined
}

export function PermissionChoice({ label, offered, chosen, change, problem }: Props) {
  return (
    <fieldset className="choices two">
      <legend>{label}</legend>
      {offered.map((permission) => (
        <CheckField
          key={permission}
          label={textOr(`permission.${permission}`, permission)}
          hint={<code>{permission}</code>}
          checked={chosen.includes(permission)}
          onChange={({ target }) =>
            change(target.checked ? [...chosen, permission] : chosen.filter((each) => each !== permission))
          }
        />
      ))}
      {problem && <p className="problem-text">{problem}</p>}
    </fieldset>
  )
}
