/** The page as a server gives it: the server answers. */
import { openPage } from './page.ts'
import { Problem } from './problem.ts'

/** Addresses are relative to the page's, so that both may lie below a path of a proxy. */
openPage(async (address, init) => {
  try {
    return await fetch(address, init)
  } catch (cause) {
    if (init.signal?.aborted) throw cause
    throw new Problem('The server does not answer. See whether it still runs, then try again.', { cause })
  }
})
