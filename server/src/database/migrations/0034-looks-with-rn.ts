import { sql } from 'kysely'
import type { Migration } from './migration.ts'

/**
 * Usernames with `rn` no longer look like those with `m`: ordinary names such as modern and modem were alike. A name with
 * letters of other scripts beside `rn` keeps its former look.
 */
export const looksWithRn: Migration = {
  name: '0034-looks-with-rn',
  secondsPerMillion: 1.5,
  async up(tx) {
    const look = sql`replace(replace(username_key, '0', 'o'), '1', 'l')`
    await sql`
      update username_looks
      set look = (select ${look} from users where users.id = username_looks.user_id)
      where reserved_until is null and exists (
        select 1 from users
        where users.id = username_looks.user_id
          and username_key like '%rn%'
          and username_looks.look = replace(${look}, 'rn', 'm')
      )`.execute(tx)
  },
}
