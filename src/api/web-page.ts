import type { OpenAPIHono } from '@hono/zod-openapi'
import type { MiddlewareHandler } from 'hono'
import type { AppEnv } from './app-extension.ts'

/** The files of the page (`web/`), as the build leaves them. */
export interface WebPage {
  readonly html: string
  readonly style: string
  readonly script: string
}

/** Everything from this server, no script but the page's, and no text that becomes markup. Pictures are drawn from memory. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  'img-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

/** Middleware of the page, before the one that sets headers for all routes. */
export const webPagePolicy: MiddlewareHandler = async (context, next) => {
  await next()
  context.header('content-security-policy', POLICY)
}

/** Serves the page. It names its files and the API by relative addresses, and so works below a path of a proxy too. */
export function addWebPage(app: OpenAPIHono<AppEnv>, { html, style, script }: WebPage): void {
  app.get('/', (context) => context.html(html))
  app.get('/page.css', (context) => context.body(style, 200, { 'content-type': 'text/css; charset=utf-8' }))
  app.get('/page.js', (context) =>
    context.body(script, 200, { 'content-type': 'text/javascript; charset=utf-8' }),
  )
}
