/**
 * The one error of puregalaxy. `code` is stable and dotted (`io.truncated`, `engine.unavailable`); the message
 * names the thing, what was expected and what to do next. The command line and the HTTP API each map it in one place;
 * anything else that is thrown is a bug and fails loudly.
 */
export class PureGalaxyError extends Error {
  override readonly name = 'PureGalaxyError'
  readonly code: string

  /**
   * @param code stable dotted code, `<folder>.<what>`
   * @param message one or two sentences: what thing, what is wrong, what was expected, what to do
   * @param options `cause` is the underlying error, shown only with `--debug`
   */
  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}
