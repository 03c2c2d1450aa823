import fc from 'fast-check'
import type { Owner } from '../../test/owner.ts'
import { scoped } from './scope.ts'
import { nothingStray } from './strays.ts'

/** Milliseconds for one run, after which it hangs: more than any needs on a busy machine. */
const PATIENCE = 20_000
/** Milliseconds for making a counterexample smaller. */
const SHRINKING = 15_000

export interface Drawing {
  readonly seed: number
  readonly seconds: number
  readonly path?: string | undefined
}

/** A claim about whatever is drawn. */
export interface Target {
  readonly name: string
  run (drawing: Drawing): Promise<Finding>
}

export interface Finding {
  readonly runs: number
  readonly failure?: { readonly path: string, readonly counterexample: string, readonly error: unknown }
}

/** `open`: starts what all runs share, and answers what checks one drawn value. A run must not depend on those before, or it cannot be repeated. */
export function target<T> (name: string, drawn: fc.Arbitrary<T>, open: (owner: Owner) => Promise<(drawn: T) => Promise<void>>): Target {
  return {
    name,
    run: async ({ seed, seconds, path }) => await scoped(async owner => {
      const check = await open(owner)
      const property = fc.asyncProperty(drawn, async value => {
        await check(value)
        await nothingStray()
      })
      const search = async (given: fc.Parameters<[T]>) => await fc.check(property, { seed, numRuns: Number.MAX_SAFE_INTEGER, timeout: PATIENCE, markInterruptAsFailure: false, ...given })
      // Found first and made smaller then, so that one found in the last second is so as well.
      const found = await search({ endOnFailure: true, interruptAfterTimeLimit: seconds * 1000, ...(path !== undefined && { path }) })
      if (!found.failed) return { runs: found.numRuns }
      const smaller = await search({ path: String(found.counterexamplePath), interruptAfterTimeLimit: SHRINKING })
      const { counterexample, counterexamplePath, errorInstance } = smaller.failed ? smaller : found
      return { runs: found.numRuns, failure: { path: String(counterexamplePath), counterexample: fc.stringify(counterexample?.[0]), error: errorInstance } }
    })
  }
}
