/** The configuration of Patroni, HAProxy and PgBouncer, as an operator could use it. */

export const subnet = '10.213.7'
export const balancer = { writes: 5000, http: 8000 }
export const pooler = 6432

type Address = { name: string; address: string }

export function patroniConfig(of: { name: string; address: string; data: string; etcd: string[] }): string {
  return `scope: roster
name: ${of.name}
restapi: { listen: '${of.address}:8008', connect_address: '${of.address}:8008' }
etcd3: { hosts: [${of.etcd.map((host) => `'${host}'`).join(', ')}] }
bootstrap:
  dcs:
    ttl: 20
    loop_wait: 5
    retry_timeout: 5
    synchronous_mode: true
    failsafe_mode: true
    postgresql:
      use_pg_rewind: true
      parameters: { max_connections: 60, wal_level: replica, wal_log_hints: 'on', shared_buffers: 32MB, max_wal_size: 128MB, min_wal_size: 64MB, wal_keep_size: 64MB, wal_sender_timeout: 5s }
  initdb: [{ encoding: UTF8 }, { locale: C }, data-checksums]
postgresql:
  listen: '${of.address}:5432'
  connect_address: '${of.address}:5432'
  data_dir: ${of.data}
  bin_dir: ${process.env['POSTGRES_BIN'] ?? '/usr/lib/postgresql/15/bin'}
  pgpass: ${of.data}.pass
  authentication:
    superuser: { username: postgres, password: secret }
    replication: { username: replicator, password: secret }
    rewind: { username: rewinder, password: secret }
  pg_hba: ['local all all trust', 'host all all ${subnet}.0/24 scram-sha-256', 'host replication all ${subnet}.0/24 scram-sha-256']
  use_unix_socket: true
  parameters: { unix_socket_directories: '${of.data}.socket' }
`
}

export function haproxyConfig(machines: readonly Address[]): string {
  return `global
  maxconn 500
defaults
  mode tcp
  timeout connect 2s
  timeout check 1s
  timeout client 60s
  timeout server 60s
  option clitcpka
listen writes
  bind ${subnet}.1:${balancer.writes}
  option httpchk GET /primary
  retries 0
  default-server inter 1s downinter 500ms fall 2 rise 1 on-marked-down shutdown-sessions
${machines.map(({ name, address }) => `  server ${name} ${address}:5432 check port 8008`).join('\n')}
listen http
  mode http
  bind ${subnet}.1:${balancer.http}
  option httpchk GET /health/ready
  default-server inter 500ms fall 2 rise 1
  server roster0 ${subnet}.1:8001 check
  server roster1 ${subnet}.1:8002 check
  # When no replica is ready, as while the database takes no writes, both go on to answer what needs none.
  option allbackups
  server reads0 ${subnet}.1:8001 backup
  server reads1 ${subnet}.1:8002 backup
`
}

export function poolerConfig(users: string): string {
  return `[databases]
roster = host=${subnet}.1 port=${balancer.writes} dbname=roster
[pgbouncer]
listen_addr = ${subnet}.1
listen_port = ${pooler}
unix_socket_dir =
auth_type = plain
auth_file = ${users}
pool_mode = transaction
default_pool_size = 10
server_login_retry = 1
server_connect_timeout = 3
`
}
