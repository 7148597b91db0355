#!/usr/bin/env bash
# Runs the image `myuserapi` as strictly as it can be run, creates a user, and stops it. Needs Docker.
set -euo pipefail

container=$(docker run --detach --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges \
  --memory 512m --publish 127.0.0.1:8000:8000 myuserapi)
trap 'docker logs "$container" | tail -30; docker rm --force --volumes "$container" >/dev/null' EXIT

for _ in $(seq 60); do
  [[ $(docker inspect --format '{{.State.Health.Status}}' "$container") == healthy ]] && break
  sleep 1
done
[[ $(docker inspect --format '{{.State.Health.Status}}' "$container") == healthy ]] || { echo "not healthy after 60 s"; exit 1; }

curl --fail --silent --show-error --header 'content-type: application/json' \
  --data '{"username":"alice","email":"alice@example.com"}' http://127.0.0.1:8000/users >/dev/null
if docker exec "$container" sh -c 'command -v npm'; then echo "npm is in the image"; exit 1; fi
[[ $(docker exec "$container" id -u) == 1000 ]] || { echo "it runs as root"; exit 1; }

docker stop --timeout 30 "$container" >/dev/null
status=$(docker inspect --format '{{.State.ExitCode}}' "$container")
[[ $status == 0 ]] || { echo "SIGTERM ended it with $status"; exit 1; }
echo "container: ok"
