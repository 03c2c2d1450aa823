import { setTimeout } from 'node:timers/promises'

/**
 * Whether work ends before timers that are set one after another run out. In one event loop that holds on a busy machine as
 * well, where a measured time would not.
 */
export async function within (timers: readonly number[], work: Promise<unknown>): Promise<boolean> {
  const runOut = async () => {
    for (const ms of timers) await setTimeout(ms)
    return false
  }
  return await Promise.race([work.then(() => true), runOut()])
}
