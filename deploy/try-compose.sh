#!/usr/bin/env bash
# Starts compose.yaml with compose.replicas.yaml, creates a user, finds the mail, restarts both replicas one after the
# other under load, takes everything down and up again, and finds the user again. Needs Docker. Deletes its data.
set -euo pipefail
cd "$(dirname "$0")/.."
export COMPOSE_PROJECT_NAME=roster-try COMPOSE_FILE=compose.yaml:compose.replicas.yaml
trap 'docker compose logs --tail 20; docker compose down --volumes --timeout 40' EXIT

api=http://127.0.0.1:8000
create() { # create NAME, prints the status
  curl --silent --output /dev/null --write-out '%{http_code}' --header 'content-type: application/json' \
    --data "{\"username\":\"$1\",\"email\":\"$1@example.com\"}" "$api/users"
}
expect() { [[ $2 == "$3" ]] || { echo "$1: $2 instead of $3"; exit 1; }; }

deploy/make-secrets.sh
docker compose up --detach --wait --wait-timeout 180
expect 'a user' "$(create alice)" 201

for _ in $(seq 30); do
  curl --fail --silent http://127.0.0.1:8025/api/v1/messages | grep --quiet alice@example.com && mailed=yes && break
  sleep 1
done
expect 'the mail to alice arrived' "${mailed:-no}" yes

failures=$(mktemp)
(while sleep 0.02; do curl --fail --silent --output /dev/null "$api/" || echo failed >> "$failures"; done) & load=$!
docker compose up --detach --no-deps --force-recreate --wait --timeout 40 roster
docker compose up --detach --no-deps --force-recreate --wait --timeout 40 roster-2
kill "$load"
expect 'requests that failed during a rolling restart' "$(wc -l < "$failures")" 0

docker compose down --timeout 40
docker compose up --detach --wait --wait-timeout 180
expect 'the same user after down and up' "$(create alice)" 409
echo "compose: ok"
