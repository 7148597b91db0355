/** All migrations in the order they are applied, as `npm run generate` lists them. A released one never changes. */

import { users } from './0001-users.ts'
import { access } from './0002-access.ts'
import { operation } from './0003-operation.ts'
import { evidence } from './0004-evidence.ts'
import { importedPasswords } from './0005-imported-passwords.ts'
import { accountRequests } from './0006-account-requests.ts'
import { browserSessions } from './0007-browser-sessions.ts'
import { proofs } from './0008-proofs.ts'
import { limits } from './0009-limits.ts'
import { signUps } from './0010-sign-ups.ts'
import { factors } from './0011-factors.ts'
import { applications } from './0013-applications.ts'
import { passkeys } from './0014-passkeys.ts'
import { factorDuties } from './0015-factor-duties.ts'
import { importedHashWork } from './0016-imported-hash-work.ts'
import { reliability } from './0017-reliability.ts'
import { connectedApplications } from './0018-connected-applications.ts'
import { identities } from './0019-identities.ts'
import { groups } from './0020-groups.ts'
import { scim } from './0021-scim.ts'
import { events } from './0022-events.ts'
import { statistics } from './0023-statistics.ts'
import { bulkJobs } from './0024-bulk-jobs.ts'
import { usernameLooks } from './0025-username-looks.ts'
import { factorRules } from './0026-factor-rules.ts'
import { trustedBrowsers } from './0027-trusted-browsers.ts'
import { previousUsernames } from './0028-previous-usernames.ts'
import { scimConnections } from './0030-scim-connections.ts'
import { profiles } from './0031-profiles.ts'
import { optionalAddresses } from './0032-optional-addresses.ts'
import { looksWithRn } from './0034-looks-with-rn.ts'
import { emailSignIns } from './0035-email-sign-ins.ts'
import { wrongCodesInARow } from './0036-wrong-codes-in-a-row.ts'
import { recordsOfGrants } from './0038-records-of-grants.ts'
import { mailedCodes } from './0039-mailed-codes.ts'
import { searchMerges } from './0042-search-merges.ts'
import { machinePermissions } from './0043-machine-permissions.ts'
import { locales } from './0046-locales.ts'
import { impersonation } from './0047-impersonation.ts'
import { lastUseOfMachines } from './0048-last-use-of-machines.ts'
import { smallPendingLists } from './0049-small-pending-lists.ts'
import type { Migration } from './migration.ts'

export const migrations: readonly Migration[] = [
  users,
  access,
  operation,
  evidence,
  importedPasswords,
  accountRequests,
  browserSessions,
  proofs,
  limits,
  signUps,
  factors,
  applications,
  passkeys,
  factorDuties,
  importedHashWork,
  reliability,
  connectedApplications,
  identities,
  groups,
  scim,
  events,
  statistics,
  bulkJobs,
  usernameLooks,
  factorRules,
  trustedBrowsers,
  previousUsernames,
  scimConnections,
  profiles,
  optionalAddresses,
  looksWithRn,
  emailSignIns,
  wrongCodesInARow,
  recordsOfGrants,
  mailedCodes,
  searchMerges,
  machinePermissions,
  locales,
  impersonation,
  lastUseOfMachines,
  smallPendingLists,
]
