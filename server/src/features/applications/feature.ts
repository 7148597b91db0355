/** Applications, wired: their registration, and the protocol that they speak. */
import { createProtocol } from './protocol.ts'
import { createApplications } from './service.ts'

type Needs = Omit<Parameters<typeof createProtocol>[0], 'applications'> &
  Parameters<typeof createApplications>[0]

export function createApplicationFeature(needs: Needs) {
  const applications = createApplications(needs)
  return { applications, protocol: createProtocol({ ...needs, applications }) }
}
