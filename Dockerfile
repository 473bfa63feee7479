# syntax=docker/dockerfile:1

# The package as npm would publish it, and the packages that it needs to run, at the versions of the
# lock file. No package runs scripts: what is native comes built.
FROM node:24-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm pack --silent --pack-destination /tmp \
  && mkdir /app \
  && tar -xzf /tmp/sluice-*.tgz -C /app --strip-components=1 --no-same-owner \
  && cp package-lock.json /app/ \
  && cd /app \
  && npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
  && chmod -R go+rX /app

FROM node:24-slim
ENV NODE_ENV=production \
  SLUICE_DATA_DIR=/data \
  SLUICE_HOST=0.0.0.0 \
  SLUICE_PORT=7070
COPY --from=build /app /app
RUN ln -s /app/bin/sluice.js /usr/local/bin/sluice \
  && install -d -o node -g node -m 0700 /data
USER node
WORKDIR /data
VOLUME /data
EXPOSE 7070
# Node itself is the process that gets the signal: SIGTERM drains. Give it longer than the grace.
STOPSIGNAL SIGTERM
# Of a server. Workers answer no requests: switch it off for them.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.SLUICE_PORT}/readyz`).then((reply) => process.exit(reply.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/bin/sluice.js"]
CMD ["serve"]
