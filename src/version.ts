import packageJson from '../package.json' with { type: 'json' }

/** Version of this package, as files that it writes record it. */
export const VERSION: string = packageJson.version
