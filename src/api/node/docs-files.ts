import { readFile } from 'node:fs/promises'
import { builtScript } from '../../built-script.ts'
import type { DocsFiles } from '../docs-page.ts'

const NAMES = new Set(['swagger-ui.css', 'swagger-ui-bundle.js'])

/** Swagger UI's files, which the build copies beside the API's. */
export const docsFiles: DocsFiles = async (name) =>
  NAMES.has(name) ? new Uint8Array(await readFile(builtScript(`api/docs/${name}`))) : undefined
