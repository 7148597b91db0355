import { useQuery } from '@tanstack/react-query'
import { Plus, Trash2 } from 'lucide-react'
import { useMay } from '../api/session.ts'
import type { IdentityProvider } from '../api/types.ts'
import { t } from '../text/text.ts'
import { Button } from '../ui/button.tsx'
import { SelectField, TextField } from '../ui/field.tsx'
import { rolesQuery } from '../users/filter-chips.tsx'

export type RoleRule = IdentityProvider['role_rules'][number]

type Props = { rules: readonly RoleRule[]; change(rules: RoleRule[]): void }

/** The rules that give roles for claims of the provider. */
export function RoleRules({ rules, change }: Props) {
  const may = useMay()
  const { data } = useQuery({ ...rolesQuery, enabled: may('roles:read') })
  const names = [...new Set([...(data ?? []).map(({ name }) => name), ...rules.map(({ role }) => role)])]
  const set = (index: number, fields: Partial<RoleRule>) =>
    change(rules.map((rule, at) => (at === index ? { ...rule, ...fields } : rule)))
  return (
    <fieldset className="choices">
      <legend>{t('idp.role_rules')}</legend>
      <p className="hint">{t('idp.role_rules_hint')}</p>
      {rules.map((rule, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rules have no other identity
        <div className="role-rule" key={index}>
          {(['claim', 'value'] as const).map((name) => (
            <TextField
              key={name}
              label={t(`idp.rule_${name}`)}
              autoComplete="off"
              spellCheck={false}
              value={rule[name]}
              onChange={({ target }) => set(index, { [name]: target.value })}
            />
          ))}
          <SelectField
            label={t('idp.rule_role')}
            value={rule.role}
            onChange={({ target }) => set(index, { role: target.value })}
          >
            {names.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </SelectField>
          <Button
            kind="quiet"
            label={t('idp.rule_remove')}
            icon={<Trash2 size={18} aria-hidden />}
            onClick={() => change(rules.filter((_, at) => at !== index))}
          />
        </div>
      ))}
      <div>
        <Button
          icon={<Plus size={16} aria-hidden />}
          onClick={() => change([...rules, { claim: 'groups', value: '', role: names[0] ?? 'user' }])}
        >
          {t('idp.rule_add')}
        </Button>
      </div>
    </fieldset>
  )
}
