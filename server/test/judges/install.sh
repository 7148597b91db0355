#!/bin/sh
# Installs on Debian, as root, what others.test.ts, directory.test.ts and `npm run judges` work with. Needs Go and npm.
set -e
apt-get update -qq
apt-get install -y -qq apache2 libapache2-mod-auth-openidc python3-venv slapd maven openjdk-17-jdk-headless
python3 -m venv /opt/roster-judges
/opt/roster-judges/bin/pip install -q authlib flask requests fastapi uvicorn 'pyjwt[crypto]' \
  django mozilla-django-oidc social-auth-app-django requests-oauthlib
GOBIN=/opt/roster-judges/bin go install github.com/oauth2-proxy/oauth2-proxy/v7@v7.15.6

# Keycloak, for keycloak.judge.ts.
mvn -q -B dependency:copy -Dartifact=org.keycloak:keycloak-quarkus-dist:26.4.7:zip -DoutputDirectory=/tmp
(cd /opt/roster-judges && python3 -m zipfile -e /tmp/keycloak-quarkus-dist-26.4.7.zip . && chmod +x keycloak-26.4.7/bin/*.sh)
ln -sfn keycloak-26.4.7 /opt/roster-judges/keycloak

# For docs/tasks/protect-an-api.md.
protect=$(cd "$(dirname "$0")/protect" && pwd)
npm install --silent --ignore-scripts --prefix /opt/roster-judges/node hono @hono/node-server next react react-dom \
  next-auth@5.0.0-beta.30 fastify @fastify/cookie @fastify/session openid-client
mkdir -p /opt/roster-judges/go-protect
cd /opt/roster-judges/go-protect
[ -f go.mod ] || go mod init protect
go get github.com/golang-jwt/jwt/v5 github.com/MicahParks/keyfunc/v3
mvn -q -B -f "$protect/pom.xml" dependency:go-offline
sed s/oauth2-resource-server/oauth2-client/ "$protect/pom.xml" > /tmp/roster-wiki-pom.xml
mvn -q -B -f /tmp/roster-wiki-pom.xml dependency:go-offline
