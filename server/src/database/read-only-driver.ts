import type { DatabaseConnection, Driver } from 'kysely'

/** A driver whose only connection is always free and never writes. */
export function readOnlyDriver(connection: DatabaseConnection): Driver {
  const refuse = async () => {
    throw new Error('this connection only reads; use database.transaction')
  }
  const nothing = async () => {}
  return {
    init: nothing,
    acquireConnection: async () => connection,
    releaseConnection: nothing,
    beginTransaction: refuse,
    commitTransaction: refuse,
    rollbackTransaction: refuse,
    destroy: nothing,
  }
}
