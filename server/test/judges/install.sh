#!/bin/sh
# Installs on Debian, as root, what others.test.ts signs users in with.
set -e
apt-get update -qq
apt-get install -y -qq apache2 libapache2-mod-auth-openidc python3-venv
python3 -m venv /opt/roster-judges
/opt/roster-judges/bin/pip install -q authlib flask requests
