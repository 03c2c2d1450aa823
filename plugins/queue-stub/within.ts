import { setTimeout as delay } from 'node:timers/promises'

/** Waits for a promise, but no longer than a number of milliseconds. */
export async function within (milliseconds: number, promise: Promise<unknown>): Promise<void> {
  const limit = new AbortController()
  await Promise.race([promise, delay(milliseconds, undefined, limit).catch(() => {})])
  limit.abort()
}
