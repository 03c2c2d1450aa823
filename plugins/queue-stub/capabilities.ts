import type { QueueCapabilities } from './interface.ts'

/** What refuses every job can do nothing with it. */
export const NONE: QueueCapabilities = Object.freeze({
  delay: false, schedule: false, priority: false, retry: false, deduplication: false, cancel: false, inspect: false
})

/** A job can be recognised for as long as it is in this process; nothing outlives that, so nothing can wait for long. */
export const INLINE: QueueCapabilities = Object.freeze({ ...NONE, deduplication: true })
