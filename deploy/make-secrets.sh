#!/usr/bin/env sh
# Makes the secrets that compose.yaml mounts, in deploy/secrets (or the folder given). What is there already is kept.
#
# The folder is closed to everybody else (0700). The files inside are readable (0444): Compose mounts them with the
# mode they have here, and the service and PostgreSQL read them as users of their own.
set -eu

folder=${1:-$(dirname "$0")/secrets}
umask 077
mkdir -p "$folder"
chmod 700 "$folder"

make() { # make NAME TEXT
  [ -s "$folder/$1" ] && return
  printf '%s' "$2" > "$folder/$1"
  chmod 444 "$folder/$1"
  echo "made $folder/$1"
}
random() { # random BYTES, in base64 on one line
  head -c "$1" /dev/urandom | base64 | tr -d '\n'
}

make secret_key "$(random 32)"
make postgres_password "$(random 24 | tr '+/' '-_')"
make database_url "postgres://roster:$(cat "$folder/postgres_password")@postgres:5432/roster"
