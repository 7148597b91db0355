/** Creates the account feature: mails about an account, links, requests and personal data. */
import { type AccountMailNeeds, createAccountMail } from './account-mail.ts'
import { createEmailSignIns } from './email-sign-in/service.ts'
import { createLinks } from './links.ts'
import { type BudgetNeeds, createMailBudgets } from './mail-budgets.ts'
import type { AccountNeeds } from './needs.ts'
import { createOperator } from './operator.ts'
import { createRequests } from './requests/requests.ts'
import { createAccount } from './service.ts'
import { createSetup, type SetupNeeds } from './setup.ts'

type MailNeeds = Omit<AccountMailNeeds, 'links' | 'budgets'> &
  Parameters<typeof createLinks>[0] & { limits: BudgetNeeds }

export function createAccountMailFeature(needs: MailNeeds) {
  const links = createLinks(needs)
  const budgets = createMailBudgets(needs.limits)
  const emailSignIns = createEmailSignIns({ ...needs, budgets, hold: needs.findUser })
  return { links, budgets, emailSignIns, mail: createAccountMail({ ...needs, links, budgets }) }
}

type Needs = Omit<AccountNeeds, 'requests'> &
  Parameters<typeof createRequests>[0] & { users: SetupNeeds['users'] }

export function createAccountFeature(needs: Needs) {
  const requests = createRequests(needs)
  return {
    requests,
    account: createAccount({ ...needs, requests }),
    operator: createOperator(needs),
    setup: createSetup(needs),
  }
}
