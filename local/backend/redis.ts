import type { Meter } from '../meter.ts'
import type { Backend } from './backend.ts'
import { RespBackend } from './resp-backend.ts'
import { Scripts, withoutUpstashFlag } from './scripts.ts'

/** A real Redis. Fails when none answers at the address. */
export async function openRedis (url: URL, meter: Meter): Promise<Backend> {
  const scripts = new Scripts(withoutUpstashFlag)
  return new RespBackend(url, { readsStatistics: true, adapt: command => scripts.adapt(command) }, meter).open()
}
