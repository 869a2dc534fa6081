import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { parseKeys } from '../../src/api/index.ts'
import { readWebPage } from '../../src/api/node/index.ts'
import { problemOf, serveApp } from './api-server.ts'

describe('the page at /', () => {
  it('is served with its style and its script to everybody, key or no key', async () => {
    const page = await readWebPage()
    const keys = parseKeys(`test ${createHash('sha256').update('secret').digest('hex')}`)
    const { ask } = await serveApp({ page, keys })
    for (const [path, type, text] of [
      ['/', 'text/html; charset=UTF-8', page.html],
      ['/page.css', 'text/css; charset=utf-8', page.style],
      ['/page.js', 'text/javascript; charset=utf-8', page.script],
    ] as const) {
      const response = await ask(path)
      expect([response.status, response.headers.get('content-type')]).toEqual([200, type])
      expect(await response.text()).toBe(text)
    }
    expect((await ask('/v1/models')).status).toBe(401)
  })

  it('may take scripts, styles and answers from its own server, and nothing else from anywhere', async () => {
    const { ask } = await serveApp({ page: await readWebPage() })
    const policy = (await ask('/')).headers.get('content-security-policy')!
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
    expect(policy).not.toContain('unsafe')
    expect((await ask('/page.js')).headers.get('content-security-policy')).toMatch(/^default-src 'none'/)
    expect((await ask('/')).headers.get('x-content-type-options')).toBe('nosniff')
  })

  it('is small: 60 kB in all, noise included', async () => {
    const { html, style, script } = await readWebPage()
    expect(Buffer.byteLength(html + style + script)).toBeLessThan(60_000)
    for (const text of [html, style, script]) expect(text).not.toMatch(/https?:\/\//)
  })

  it('is not there where none was passed in', async () => {
    const { ask } = await serveApp()
    expect(await problemOf(await ask('/'))).toEqual([404, 'api.no-such-route'])
  })
})
