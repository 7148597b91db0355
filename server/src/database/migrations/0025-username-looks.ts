import { type RawBuilder, sql } from 'kysely'
import type { Migration } from './migration.ts'
import { tableMaker } from './table.ts'

/** Letters and digits that look like a Latin letter, as `names/looks.ts` had them when this was written. */
const lookalikes =
  '0o 1l аa еe оo рp сc уy хx ѕs іi јj һh ӏl ԁd ԛq ԝw ѵv үy кk тt мm пn гr ьb вb ёe їi ӓa ӧo ғf нh αa βb γy εe ηn ιi κk νv οo ρp σo τt υu χx ωw ϳj օo ոn սu հh ցg զq յj քp ռn աw գq լl ꭺa ꭼe ꭻj ꮃw ꮋh ꮪs ꮮl ꮯc ꮲp ꮶk ꮍy ɑa ɡg ɩi ıi ƅb ᴏo ᴄc ᴠv ᴡw ᴢz'

/** What each username looks like, also for some time after its user has left it. */
export const usernameLooks: Migration = {
  name: '0025-username-looks',
  secondsPerMillion: 7,
  async up(tx, dialect) {
    const { table, text, instant } = tableMaker(tx, dialect)
    await table('username_looks')
      .addColumn('look', ...text())
      .addColumn('user_id', ...text())
      .addColumn('reserved_until', ...instant('null'))
      .addPrimaryKeyConstraint('username_looks_look', ['look', 'user_id'])
      .execute()
    let look: RawBuilder<unknown> = sql`username_key`
    for (const [letter, latin] of lookalikes.split(' ').map((pair) => [...pair]))
      look = sql`replace(${look}, ${sql.lit(letter)}, ${sql.lit(latin)})`
    await sql`
      insert into username_looks (look, user_id)
      select replace(${look}, 'rn', 'm'), id from users where deleted_at is null`.execute(tx)
    await sql`create index username_looks_user_id on username_looks (user_id)`.execute(tx)
    await sql`create index username_looks_reserved_until on username_looks (reserved_until)
      where reserved_until is not null`.execute(tx)
  },
}
