export interface BackoffOptions {
  /** Milliseconds of the first delay; doubled with each failure. */
  readonly initial: number
  /** The longest delay, in milliseconds. */
  readonly max: number
}

/** Milliseconds to wait after `failures` failed tries. Half of it is random, so that the processes of an app do not act in step. */
export function backoffDelay ({ initial, max }: BackoffOptions, failures: number): number {
  return Math.min(initial * 2 ** failures, max) * (0.5 + Math.random() / 2)
}
