/** Faults of one machine, for `npm run faults -- machine`. */
import { copyFaults } from './copy-faults.ts'
import type { MachineFault } from './fault.ts'
import { loadFaults } from './load-faults.ts'
import { memoryFaults } from './memory-faults.ts'
import { migrationFaults } from './migration-faults.ts'
import { orderFaults } from './order-faults.ts'
import { postgresFaults } from './postgres-faults.ts'
import { sqliteFaults } from './sqlite-faults.ts'
import { versionFaults } from './version-faults.ts'

export const machineFaults: readonly MachineFault[] = [
  ...sqliteFaults,
  ...orderFaults,
  ...postgresFaults,
  ...migrationFaults,
  ...copyFaults,
  ...versionFaults,
  ...loadFaults,
  ...memoryFaults,
]
