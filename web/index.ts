/**
 * The page that the API serves: a picture is given, a model classifies it, and noise of shorter exposures, drawn here, shows
 * how the answer moves. It runs in browsers, asks nobody but who answers for the API, and keeps nothing. That is the server that
 * it came from (`served.ts`), or whatever else takes requests, such as the API at work in the page itself (examples/browser).
 * What stands still is in index.html; texts are in words.ts; server.ts alone speaks to the API.
 */
export { openPage } from './page.ts'
export { Problem } from './problem.ts'
export type { Send } from './server.ts'
