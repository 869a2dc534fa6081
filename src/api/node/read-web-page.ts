import { readFile } from 'node:fs/promises'
import { builtScript } from '../../built-script.ts'
import type { WebPage } from '../web-page.ts'

/**
 * The page that comes with the package.
 *
 * @example createApp({ classifiers, decode: decodeUpload, page: await readWebPage() })
 */
export async function readWebPage(): Promise<WebPage> {
  const [html, style, script] = await Promise.all(
    ['index.html', 'page.css', 'page.js'].map((name) => readFile(builtScript(`web/${name}`), 'utf8')),
  )
  return { html: html!, style: style!, script: script! }
}
