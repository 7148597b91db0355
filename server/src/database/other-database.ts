/** Reads the users of another system from its PostgreSQL database, as lines of JSON. */
import pg from 'pg'
import { AppError } from '../errors.ts'

const rowsAtOnce = 500

/** The user tables of known systems. Each query returns the members that the import format of the system reads. */
export const otherSystems: Record<string, { format: string; query: string }> = {
  'django-db': {
    format: 'django',
    query: `select u.*, (
        select coalesce(json_agg(g.name order by g.name), '[]') from auth_user_groups m
        join auth_group g on g.id = m.group_id where m.user_id = u.id
      ) as groups from auth_user u order by u.id`,
  },
  'gotrue-db': {
    format: 'supabase',
    query: `select u.*, (
        select json_agg(json_build_object('factor_type', f.factor_type, 'status', f.status, 'secret', f.secret)
          order by f.created_at) from auth.mfa_factors f where f.user_id = u.id
      ) as mfa_factors, (
        select json_agg(json_build_object('provider', i.provider, 'provider_id', i.identity_data ->> 'sub',
          'identity_data', json_build_object('email', i.identity_data ->> 'email')))
        from auth.identities i where i.user_id = u.id
      ) as identities from auth.users u order by u.created_at, u.id`,
  },
  'keycloak-db': {
    format: 'keycloak',
    query: `select u.id, u.username, u.email, u.email_verified as "emailVerified", u.enabled,
        u.first_name as "firstName", u.last_name as "lastName", u.created_timestamp as "createdTimestamp",
        u.service_account_client_link as "serviceAccountClientId",
        (select json_agg(json_build_object('type', c.type, 'secretData', c.secret_data, 'credentialData', c.credential_data)
          order by c.priority) from credential c where c.user_id = u.id) as credentials,
        (select json_object_agg(a.name, a.all_values) from (
          select name, json_agg(value) as all_values from user_attribute where user_id = u.id group by name
        ) a) as attributes,
        (select json_agg(k.name order by k.name) from user_role_mapping m join keycloak_role k on k.id = m.role_id
          where m.user_id = u.id and not k.client_role) as "realmRoles",
        (select json_agg(json_build_object('identityProvider', f.identity_provider,
          'userId', f.federated_user_id)) from federated_identity f
          where f.user_id = u.id) as "federatedIdentities",
        (select json_agg('/' || g.name order by g.name) from user_group_membership m
          join keycloak_group g on g.id = m.group_id where m.user_id = u.id) as groups
      from user_entity u where u.federation_link is null order by u.created_timestamp, u.id`,
  },
}

/**
 * The rows of a query as lines of JSON, in one read-only transaction. They are read in batches, so that memory is
 * limited.
 * @throws invalid_input with the message of the database
 */
export async function* rowsOfQuery(url: string, query: string): AsyncGenerator<Buffer> {
  const client = new pg.Client({ connectionString: url, application_name: 'roster users import' })
  // The waiting query reports a broken connection.
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('begin transaction isolation level repeatable read, read only')
    await client.query(
      `declare import_rows no scroll cursor for select row_to_json(source)::text as line from (${query.replace(/;\s*$/, '')}\n) source`,
    )
    for (;;) {
      const { rows } = await client.query<{ line: string }>(`fetch ${rowsAtOnce} from import_rows`)
      if (rows.length === 0) return
      yield Buffer.from(`${rows.map(({ line }) => line).join('\n')}\n`)
    }
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    throw new AppError('invalid_input', { detail: `The database cannot be read: ${said}` })
  } finally {
    await client.end().catch(() => {})
  }
}
