# The bundle: the server in one file, its native parts, the web interface. The packages that build it stay here. No package
# runs a script while it is installed.
FROM node:24-bookworm-slim AS bundle
WORKDIR /build
COPY package.json package-lock.json LICENSE ./
COPY server/package.json server/
COPY sdk/package.json sdk/
COPY console/package.json console/
RUN npm ci --workspace server --workspace console --workspace sdk --ignore-scripts --no-audit --no-fund
COPY server /build/server
COPY sdk /build/sdk
COPY console /build/console
RUN npm run build

# The bundle where it will be, with the code that one start has compiled.
FROM node:24-bookworm-slim AS app
COPY --from=bundle /build/dist/roster /app
COPY server/tools/bundle/warm.cjs /tmp/
RUN install --directory --owner=1000 --group=1000 /app/.cache
USER 1000:1000
RUN NODE_OPTIONS=--max-semi-space-size=2 node /tmp/warm.cjs /app && chmod -R a+rX,a-w /app/.cache

# The base without package managers, headers and set-uid programs. Copied into an empty image below, so that what
# is removed here is in no layer.
FROM node:24-bookworm-slim AS system
RUN rm -rf /usr/local/lib/node_modules /usr/local/include /usr/local/share/doc /usr/local/share/man /opt/yarn* \
      /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn /usr/local/bin/yarnpkg \
      /usr/local/etc/npmrc /usr/share/doc /usr/share/man /var/cache/apt /var/lib/apt/lists /root/.npm /tmp/* \
 && find / -xdev -perm /6000 -type f -exec chmod a-s {} + \
 && mkdir -m 0700 /data && chown 1000:1000 /data \
 && ln -s /app/roster.cjs /usr/local/bin/roster

FROM scratch
ARG VERSION=dev
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="Roster" \
      org.opencontainers.image.description="A self-hosted user-management service" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.created="$CREATED" \
      org.opencontainers.image.base.name="docker.io/library/node:24-bookworm-slim"
COPY --from=system / /
COPY --from=system --chown=1000:1000 /data /data
COPY --from=app /app /app

ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    NODE_ENV=production \
    # Freed memory goes back to the system: password hashes take 19 MiB each, and objects of one request live briefly.
    MALLOC_ARENA_MAX=2 \
    MALLOC_MMAP_THRESHOLD_=1048576 \
    NODE_OPTIONS=--max-semi-space-size=2 \
    ROSTER_HOST=0.0.0.0
# The default of DATABASE_URL is ./data/roster.db, so here /data/roster.db; set by no variable, DATABASE_URL_FILE is free.
WORKDIR /
USER 1000:1000
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 CMD ["node", "/app/roster.cjs", "health"]
ENTRYPOINT ["node", "/app/roster.cjs"]
CMD ["serve"]
