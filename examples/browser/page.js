import { openPage, Problem } from './open-page.js'

/** Requests without an answer yet, by number. */
const waiting = new Map()
let count = 0
let worker

function startWorker() {
  const started = new Worker(new URL('worker.js', import.meta.url), { type: 'module' })
  started.onmessage = ({ data: { id, body, problem, ...answer } }) => {
    const { resolve, reject } = waiting.get(id)
    waiting.delete(id)
    if (problem === undefined) resolve(new Response(body, answer))
    else reject(new Problem(problem))
  }
  started.onerror = () => {
    worker = undefined
    const problem = new Problem(
      'The classifier did not start. Load the page anew, in a browser of 2023 or newer.',
    )
    for (const { reject } of waiting.values()) reject(problem)
    waiting.clear()
  }
  return started
}

// The page's requests go to the worker in the place of a server. An answer that comes too late is not looked at.
openPage((address, { signal: _, ...init }) => {
  worker ??= startWorker()
  const id = count++
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject })
    worker.postMessage({ id, address, init })
  })
})
