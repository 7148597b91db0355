/** The tables of the group feature. */
import type { GroupStore } from './store.ts'
import type { GroupTreeStore } from './tree-store.ts'

export type GroupStores = { groups: GroupStore; tree: GroupTreeStore }
