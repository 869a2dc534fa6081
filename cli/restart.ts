/** Of <fcntl.h>. */
const F_SETFD = 2

/**
 * Starts this program anew in the same process (execve), with more environment variables: same arguments, process id,
 * terminal and pipes, so that whoever waits for it or signals it notices nothing. Returns only where that cannot be done:
 * on Windows, without koffi, or as a child that talks to its parent through Node's own channel.
 */
export async function restart(variables: Readonly<Record<string, string>>): Promise<void> {
  if (process.platform === 'win32' || process.connected) return
  const koffi = await import('koffi').then(
    (module) => module.default,
    () => undefined,
  )
  if (koffi === undefined) return
  const system = koffi.load(null)
  const fcntl = system.func('int fcntl(int descriptor, int command, ...)')
  const execve = system.func('int execve(const char *path, const char **arguments, const char **environment)')
  // Node keeps its standard streams from programs that it becomes.
  for (const descriptor of [0, 1, 2]) fcntl(descriptor, F_SETFD, 'int', 0)
  const environment = Object.entries({ ...process.env, ...variables }).map(
    ([name, value]) => `${name}=${value}`,
  )
  const args = [process.execPath, ...process.execArgv, ...process.argv.slice(1)]
  execve(process.execPath, [...args, null], [...environment, null])
}
