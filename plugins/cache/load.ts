import { checkTags, checkTtl } from './checks.ts'
import { LoadTimeoutError } from './errors.ts'
import type { LoadContext } from './interface.ts'

export type Loader = (context: LoadContext) => unknown

/** What a loader answered, and what it said of it. */
export interface Loaded {
  readonly value: unknown
  /** Milliseconds; undefined where it did not say. */
  readonly ttl: number | undefined
  /** In their canonical form. */
  readonly tags: readonly string[]
  readonly skipped: boolean
}

/** Runs a loader, for no longer than a number of milliseconds: then its signal aborts, and nothing that it answers counts. */
export async function runLoader (loader: Loader, timeout: number): Promise<Loaded> {
  const controller = new AbortController()
  let ttl: number | undefined
  let tags: readonly string[] = []
  let skipped = false
  const context: LoadContext = {
    signal: controller.signal,
    setTtl: seconds => { ttl = checkTtl(seconds) },
    setTags: given => { tags = checkTags(given) },
    skip: () => { skipped = true }
  }
  const value = await withTimeout(timeout, controller, async () => await loader(context))
  return { value, ttl, tags, skipped }
}

async function withTimeout<T> (ms: number, controller: AbortController, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const error = new LoadTimeoutError(ms)
      reject(error)
      controller.abort(error)
    }, ms)
  })
  return await Promise.race([work(), late]).finally(() => clearTimeout(timer))
}
