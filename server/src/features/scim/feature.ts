/** Creates the SCIM feature. */
import type { Sealing } from '../../encoding/sealed-json.ts'
import type { AppError } from '../../errors.ts'
import { createBulk } from './bulk.ts'
import { createRequestLog } from './connections/request-log.ts'
import { createConnections } from './connections/service.ts'
import { createConnectionStore } from './connections/store.ts'
import { createDiscovery } from './discovery.ts'
import type { ScimNeeds } from './needs.ts'
import type { Resource } from './resource/read.ts'
import { createScimService } from './service.ts'

export type Scim = ReturnType<typeof createScim>

/** `errorBody` formats errors for SCIM. */
export function createScim(needs: ScimNeeds & Sealing, errorBody: (error: AppError) => Resource) {
  const connectionStore = createConnectionStore(needs.database)
  const requests = createRequestLog(needs, connectionStore)
  const connections = createConnections(needs, connectionStore, requests)
  const service = createScimService(needs, connections, connectionStore, requests)
  return {
    connections,
    /** Writes the waiting entries of the request log. */
    settle: requests.flush,
    list: service.list,
    searchAll: service.searchAll,
    perform: service.perform,
    bulk: createBulk(service, errorBody),
    discovery: createDiscovery(service.base),
  }
}
