/** Shorthand for the columns of a migration. */
import { type ColumnDefinitionBuilder, sql } from 'kysely'
import type { Dialect, Tx } from '../database.ts'

type Nullability = 'not null' | 'null'
type Build = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder

const build =
  (nullability: Nullability): Build =>
  (column) =>
    nullability === 'null' ? column : column.notNull()

export function tableMaker(tx: Tx, { columns, tableSuffix }: Dialect) {
  const column =
    (type: keyof Dialect['columns']) =>
    (nullability: Nullability = 'not null') =>
      [columns[type], build(nullability)] as const
  return {
    table(name: string) {
      const maker = tx.schema.createTable(name)
      return tableSuffix ? maker.modifyEnd(sql`${tableSuffix}`) : maker
    },
    text: column('text'),
    integer: column('integer'),
    instant: column('instant'),
    json: column('json'),
  }
}
