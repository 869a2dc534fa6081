# The HTTP API (docs/api.md). `docker build -t puregalaxy .`, then
#   docker run --rm -p 127.0.0.1:8080:8080 puregalaxy serve --host 0.0.0.0 --allow-anyone
FROM node:20-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
# ONNX Runtime's package brings its libraries for macOS and Windows too.
RUN npm run build && npm prune --omit=dev --ignore-scripts && \
  rm -r node_modules/onnxruntime-node/bin/*/darwin node_modules/onnxruntime-node/bin/*/win32

FROM node:20-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY --from=build /app/weights weights
# Where jobs are kept if they are wanted (--jobs): a volume that is mounted here empty belongs to this user, too.
RUN install --directory --owner=node --group=node /var/lib/puregalaxy/jobs
USER node
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/health/ready').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/cli/main.js"]
# Others can reach a container, so it asks for keys unless it is told otherwise.
CMD ["serve", "--host", "0.0.0.0", "--keys", "/run/secrets/keys"]
