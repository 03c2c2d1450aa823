/** Where presence has its time from. A test gives its own and drives it. */
export interface PresenceClock {
  /** Milliseconds since the epoch. */
  now (): number
  /** Runs something once in so many milliseconds, at most 2^31 - 1. Answers what cancels it. */
  after (ms: number, run: () => void): () => void
}

/** The process's own; its timers keep no process alive. */
export const systemClock: PresenceClock = {
  now: () => Date.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms).unref()
    return () => clearTimeout(timer)
  }
}

/** What setTimeout can hold; beyond, it fires at once. */
export const LONGEST_TIMER = 2 ** 31 - 1
