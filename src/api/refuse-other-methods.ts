import type { OpenAPIHono } from '@hono/zod-openapi'
import type { AppEnv } from './app-extension.ts'
import { OtherMethod } from './problem.ts'

/** Answers requests for a route by a method that it has not with 405. To be called when all routes are there. */
export function refuseOtherMethods(app: OpenAPIHono<AppEnv>): void {
  const routes = new Map<string, string[]>()
  // Those of all methods are middleware.
  for (const { path, method } of app.routes.filter((each) => each.method !== 'ALL'))
    routes.set(path, [...(routes.get(path) ?? []), method])
  for (const [path, methods] of routes)
    app.all(path, () => {
      throw new OtherMethod(methods)
    })
}
