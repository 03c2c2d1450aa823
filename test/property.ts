import fc from 'fast-check'

const { PROPERTY_SEED: seed = '20261123', PROPERTY_RUNS: runs } = process.env

/**
 * Asserts that something holds for what is drawn. Where it does not, the error names the seed and the smallest counterexample
 * found; `PROPERTY_SEED` and `PROPERTY_RUNS` in the environment choose others.
 */
export async function holds<T> (arbitrary: fc.Arbitrary<T>, check: (drawn: T) => Promise<void>, { numRuns = 100, examples = [] }: { numRuns?: number, examples?: readonly T[] } = {}): Promise<void> {
  await fc.assert(fc.asyncProperty(arbitrary, check), {
    seed: Number(seed), numRuns: Number(runs ?? numRuns), examples: examples.map((example): [T] => [example])
  })
}
