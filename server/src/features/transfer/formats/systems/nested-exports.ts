/** Exports with nested records: Ghost, ZITADEL, phpMyAdmin. Members are recognised by their names. */
import type { FormatDescription } from '../description.ts'
import { createFormat } from '../format.ts'
import { hasAll } from '../outline.ts'
import { readRecord } from '../records.ts'

const described: Pick<FormatDescription, 'nested' | 'hashesIn' | 'userReader'> = {
  nested: true,
  hashesIn: 'members',
  userReader: () => readRecord,
}

export const nestedExports = [
  createFormat({
    ...described,
    name: 'ghost',
    lists: ['db', 'data', 'users'],
    likeness: ({ around, names }) => (around.has('db') && hasAll(names, 'meta', 'data') ? 0.95 : 0),
  }),
  createFormat({
    ...described,
    name: 'zitadel',
    lists: ['orgs', 'humanUsers'],
    likeness: ({ around, names }) => (around.has('orgs') && hasAll(names, 'orgId', 'humanUsers') ? 0.95 : 0),
  }),
  createFormat({
    ...described,
    name: 'phpmyadmin',
    lists: ['data'],
    likeness: ({ names }) => (hasAll(names, 'type', 'database', 'data') ? 0.95 : 0),
  }),
]
