#!/usr/bin/env bash
# Packs dist/package, installs it into an empty folder with the npm of this machine, and runs it with npx.
set -euo pipefail
package=$(cd "$(dirname "$0")/../../../dist/package" && pwd)
folder=$(mktemp -d)
service=
trap '[[ -n $service ]] && kill "$service" 2>/dev/null; rm -rf "$folder"' EXIT
cd "$folder"
npm pack --silent --pack-destination "$folder" "$package" >/dev/null
npm init --yes >/dev/null
npm install --silent --ignore-scripts --no-audit --no-fund ./roster-server-*.tgz
npx --no-install roster --version
ROSTER_PORT=0 npx --no-install roster serve >log 2>&1 &
service=$!
for _ in $(seq 100); do grep -q system.ready log && break; sleep 0.1; done
port=$(sed -n 's/.*"system.ready","port":\([0-9]*\).*/\1/p' log)
status=$(curl --silent --output answer --write-out '%{http_code}' --header 'content-type: application/json' \
  --data '{"username":"alice","email":"alice@example.com","password":"a hopper of compilers"}' "http://127.0.0.1:$port/users")
[[ $status == 201 ]] || { cat log answer; exit 1; }
npx --no-install roster users list | grep -q alice
# npx passes no signal on; the service notices that it is gone.
kill "$service"
for _ in $(seq 100); do grep -q system.stopped log && break; sleep 0.1; done
grep -q system.stopped log
service=
echo "the package: ok"
