import type { CacheClock } from '../plugins/cache/index.ts'

/** Stands still but for what a test makes of it; no two readings are equal, so that they tell what came first. */
export class TestClock implements CacheClock {
  #elapsed = 0

  now (): number {
    return 1_700_000_000_000 + this.elapsed()
  }

  elapsed (): number {
    this.#elapsed += 1e-4
    return this.#elapsed
  }

  advance (ms: number): void {
    this.#elapsed += ms
  }
}

/** The machine's, the same for all its processes. */
export const realClock: CacheClock = {
  now: () => Date.now(),
  elapsed: () => Number(process.hrtime.bigint()) / 1e6
}
