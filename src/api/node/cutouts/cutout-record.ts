/** A cut-out was asked for: fetched, or not; had from memory; or waited for with others, who asked before. */
export type CutoutRecord =
  | { readonly outcome: 'kept' | 'shared' }
  | { readonly outcome: 'fetched'; readonly retries: number; readonly seconds: number }
  | {
      readonly outcome: 'failed'
      /** Last part of the error's code. */
      readonly failure: string
      readonly retries: number
      readonly seconds: number
    }
