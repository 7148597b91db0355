import { sql } from 'kysely'
import type { Migration } from './migration.ts'
import { tableMaker } from './table.ts'

export const groups: Migration = {
  name: '0020-groups',
  async up(tx, dialect) {
    const { table, text, instant, integer } = tableMaker(tx, dialect)
    await table('groups')
      .addColumn('id', ...text())
      .addColumn('name', ...text())
      .addColumn('name_key', ...text())
      .addColumn('description', ...text())
      .addColumn('external_id', ...text('null'))
      .addColumn('version', ...integer())
      .addColumn('created_at', ...instant())
      .addColumn('updated_at', ...instant())
      .addPrimaryKeyConstraint('groups_id', ['id'])
      .execute()
    await sql`create unique index groups_name_key on groups (name_key)`.execute(tx)
    await sql`create unique index groups_external_id on groups (external_id) where external_id is not null`.execute(
      tx,
    )

    const pairs = [
      // Who is in a group.
      ['group_members', 'group_id', 'groups', 'user_id', 'users'],
      // Which groups are in a group.
      ['group_links', 'group_id', 'groups', 'member_id', 'groups'],
      // Each group with itself and with all groups that it is in, directly or through others.
      ['group_tree', 'group_id', 'groups', 'ancestor_id', 'groups'],
    ] as const
    for (const [name, first, firstTable, second, secondTable] of pairs) {
      await table(name)
        .addColumn(first, ...text())
        .addColumn(second, ...text())
        .addPrimaryKeyConstraint(`${name}_${first}`, [first, second])
        .addForeignKeyConstraint(`${name}_group`, [first], firstTable, ['id'], (key) =>
          key.onDelete('cascade'),
        )
        .addForeignKeyConstraint(`${name}_member`, [second], secondTable, ['id'], (key) =>
          key.onDelete('cascade'),
        )
        .execute()
      await sql`create index ${sql.ref(`${name}_${second}`)} on ${sql.table(name)} (${sql.ref(second)}, ${sql.ref(first)})`.execute(
        tx,
      )
    }

    await table('group_roles')
      .addColumn('group_id', ...text())
      .addColumn('role', ...text())
      .addPrimaryKeyConstraint('group_roles_group_id', ['group_id', 'role'])
      .addForeignKeyConstraint('group_roles_group', ['group_id'], 'groups', ['id'], (key) =>
        key.onDelete('cascade'),
      )
      .addForeignKeyConstraint('group_roles_role', ['role'], 'roles', ['name'])
      .execute()
    await sql`create index group_roles_role on group_roles (role, group_id)`.execute(tx)
  },
}
