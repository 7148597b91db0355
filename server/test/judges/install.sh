#!/bin/sh
# Installs on Debian, as root, what others.test.ts, directory.test.ts and `npm run judges` work with. Needs Go for oauth2-proxy.
set -e
apt-get update -qq
apt-get install -y -qq apache2 libapache2-mod-auth-openidc python3-venv slapd
python3 -m venv /opt/roster-judges
/opt/roster-judges/bin/pip install -q authlib flask requests
GOBIN=/opt/roster-judges/bin go install github.com/oauth2-proxy/oauth2-proxy/v7@v7.15.6
