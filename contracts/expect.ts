import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'

/** Milliseconds until what was to come is given up, where a suite is told no other. */
export const PATIENCE = 10_000

/** Asserts that a promise rejects with an error of this code. `what` is for the failure's message. */
export async function rejectsWith (code: string, promise: Promise<unknown>, what: string): Promise<void> {
  await assert.rejects(promise, (error: unknown) => {
    assert.equal((error as { code?: unknown }).code, code, what)
    return true
  }, what)
}

/** Waits for a condition of which no event tells, such as that of an entry in Redis. */
export async function eventually (condition: () => boolean | Promise<boolean>, what: string, patience: number = PATIENCE): Promise<void> {
  for (const end = performance.now() + patience; !await condition();) {
    assert.ok(performance.now() < end, what)
    await setTimeout(5)
  }
}

/** Waits for a promise. `what` is for the failure's message. */
export async function inTime<T> (promise: Promise<T>, what: string, patience: number = PATIENCE): Promise<T> {
  const over = new AbortController()
  const late = async (): Promise<never> => {
    await setTimeout(patience, undefined, { signal: over.signal })
    throw new assert.AssertionError({ message: `${what} did not come within ${patience} ms` })
  }
  try {
    return await Promise.race([promise, late()])
  } finally {
    over.abort()
  }
}

/** A promise and what settles it. */
export class Deferred<T> {
  resolve!: (value: T) => void
  readonly promise = new Promise<T>(resolve => { this.resolve = resolve })
}
