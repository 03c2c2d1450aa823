const listening = new WeakMap<AbortSignal, Set<() => void>>()

/**
 * Runs something when a signal aborts; answers what calls that off. One listener a signal, whatever the number: ten watches that end
 * with one request are no leak, of which Node would warn. For a signal that has not aborted yet.
 */
export function onAbort (signal: AbortSignal, run: () => void): () => void {
  const runs = listening.get(signal) ?? listen(signal)
  runs.add(run)
  return () => {
    if (!runs.delete(run) || runs.size > 0) return
    listening.delete(signal)
    signal.removeEventListener('abort', runAll)
  }
}

function listen (signal: AbortSignal): Set<() => void> {
  const runs = new Set<() => void>()
  listening.set(signal, runs)
  signal.addEventListener('abort', runAll)
  return runs
}

function runAll (this: AbortSignal): void {
  // A live iteration: what one of these calls off is not run.
  listening.get(this)?.forEach(run => run())
}
