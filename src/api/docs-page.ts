import type { OpenAPIHono } from '@hono/zod-openapi'
import type { MiddlewareHandler } from 'hono'
import { PureGalaxyError } from '../errors.ts'
import type { AppEnv } from './app-extension.ts'

/** Gives the files of Swagger UI by name; undefined for one that there is not. */
export type DocsFiles = (name: string) => Promise<Uint8Array<ArrayBuffer> | undefined>

/** Of the page; its addresses are relative, so that it works below a path of a proxy too. */
const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>puregalaxy: HTTP API</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
<link rel="icon" href="data:,">
</head>
<body>
<div id="api"></div>
<noscript>This page needs JavaScript; <a href="openapi.json">openapi.json</a> says the same.</noscript>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
`

/** Without the validator, which is a server elsewhere. */
const START = `SwaggerUIBundle({ url: 'openapi.json', dom_id: '#api', validatorUrl: null, deepLinking: true })\n`

/** Scripts of this server alone. Swagger UI sets styles of its elements and draws with data addresses. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
}

/** Middleware of /docs and below, before the one that sets headers for all routes. */
export const docsPolicy: MiddlewareHandler = async (context, next) => {
  await next()
  context.header('content-security-policy', POLICY)
}

/** Serves /docs, which shows /openapi.json. */
export function addDocsPage(app: OpenAPIHono<AppEnv>, files: DocsFiles): void {
  app.get('/docs', (context) => context.html(PAGE))
  app.get('/docs/:file', async (context) => {
    const name = context.req.param('file')
    const body = name === 'start.js' ? START : await files(name)
    const type = TYPES[name.slice(name.lastIndexOf('.') + 1)]
    if (body !== undefined && type !== undefined) return context.body(body, 200, { 'content-type': type })
    throw new PureGalaxyError('api.no-such-route', 'There is no such file of the page; /docs is the page.')
  })
}
