#!/bin/sh
# `npm run point-in-time`: brings a PostgreSQL database back to the moment before a mistake, with pgBackRest, as docs/operations/point-in-time.md
# describes it. Needs root on Debian and what install.sh installs.
set -e
folder=$(mktemp -d /tmp/roster-pitr.XXXXXX)
root=$(cd "$(dirname "$0")/../../.." && pwd)
bin=${POSTGRES_BIN:-/usr/lib/postgresql/15/bin}
as_postgres() { setpriv --reuid="$(id -u postgres)" --regid="$(id -g postgres)" --clear-groups "$@"; }
back_rest() { as_postgres pgbackrest --config="$folder/pgbackrest.conf" --stanza=roster "$@"; }
sql() { psql "host=$folder port=5544 user=postgres dbname=roster" -qAtc "$1"; }
roster() { node "$root/server/bin/roster.js" "$@"; }
administrator() { echo 'copper lantern of the test' | roster admin create --username "$1" --email "$1@example.com" --password-stdin >/dev/null; }
cleanup() { as_postgres "$bin/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$folder"; }
trap cleanup EXIT

mkdir "$folder/repo" "$folder/locks" "$folder/log"
cat > "$folder/pgbackrest.conf" <<CONF
[global]
repo1-path=$folder/repo
repo1-retention-full=2
repo1-cipher-type=aes-256-cbc
repo1-cipher-pass=$(head -c 32 /dev/urandom | base64)
log-path=$folder/log
lock-path=$folder/locks
start-fast=y

[roster]
pg1-path=$folder/data
pg1-port=5544
pg1-socket-path=$folder
CONF
chown -R postgres "$folder"
as_postgres "$bin/initdb" -D "$folder/data" --auth=trust >/dev/null
cat >> "$folder/data/postgresql.conf" <<CONF
port = 5544
listen_addresses = ''
unix_socket_directories = '$folder'
archive_mode = on
archive_command = 'pgbackrest --config=$folder/pgbackrest.conf --stanza=roster archive-push %p'
archive_timeout = 60
CONF
as_postgres "$bin/pg_ctl" -D "$folder/data" -l "$folder/log/postgresql" -w start >/dev/null
as_postgres createdb -h "$folder" -p 5544 roster
back_rest stanza-create
back_rest check

DATABASE_URL="postgres://postgres@/roster?host=$folder&port=5544"
ROSTER_SECRET_KEY=$(head -c 32 /dev/urandom | base64)
export DATABASE_URL ROSTER_SECRET_KEY
roster migrate
administrator before
back_rest backup --type=full
administrator between
moment=$(sql 'select clock_timestamp()')
sleep 1
administrator after
sql 'truncate user_roles'
echo "the mistake was made after $moment"

as_postgres "$bin/pg_ctl" -D "$folder/data" -m fast -w stop >/dev/null
back_rest restore --delta --type=time --target="$moment" --target-action=promote
as_postgres "$bin/pg_ctl" -D "$folder/data" -l "$folder/log/postgresql" -w start >/dev/null
for try in 1 2 3 4 5 6 7 8 9 10; do
  [ "$(sql 'select pg_is_in_recovery()')" = f ] && break
  sleep 1
done
found=$(sql "select string_agg(username, ' ' order by username) from users")
[ "$found" = 'before between' ] || { echo "restored: $found"; exit 1; }
roster doctor --deep
echo 'ok: the database is as it was before the mistake'
