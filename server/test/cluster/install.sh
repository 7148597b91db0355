#!/bin/sh
# Installs on Debian, as root, what `npm run faults` and `npm run point-in-time` run: PostgreSQL, Patroni, etcd, HAProxy, PgBouncer, pgBackRest. Starts nothing.
set -e
printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d
trap 'rm -f /usr/sbin/policy-rc.d' EXIT
mkdir -p /etc/postgresql-common
[ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf
apt-get update -qq
apt-get install -y -qq --no-install-recommends postgresql etcd-server haproxy pgbouncer pgbackrest prometheus python3-venv
/usr/bin/python3 -m venv /opt/roster-faults
/opt/roster-faults/bin/pip install -q 'patroni[etcd3]==4.1.5' 'psycopg[binary]'
