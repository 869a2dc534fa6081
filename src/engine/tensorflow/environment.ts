/**
 * Environment variables that TensorFlow reads while it is loaded.
 *
 * @param threads of operations; default: one for each core
 * @returns those to be set; what the user has set stays
 */
export function environmentOf(threads?: number): Record<string, string> {
  const wanted: Record<string, string> = {
    // Errors only: else it greets, counts its instructions and names each GPU on stderr.
    TF_CPP_MIN_LOG_LEVEL: process.env.TF_CPP_MIN_LOG_LEVEL ?? '3',
    // Otherwise it takes all memory of a GPU at once.
    TF_FORCE_GPU_ALLOW_GROWTH: process.env.TF_FORCE_GPU_ALLOW_GROWTH ?? 'true',
  }
  if (threads !== undefined) {
    wanted.TF_NUM_INTRAOP_THREADS = String(threads)
    wanted.OMP_NUM_THREADS = String(threads)
  }
  return wanted
}
