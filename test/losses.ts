import { eventually } from '../contracts/expect.ts'
import type { UpstashClient } from '../plugins/upstash-client/index.ts'

/** The ways in which Redis loses a key by itself. */
export const LOSSES: Record<string, (client: UpstashClient, name: string) => Promise<void>> = {
  async evicted (client, name) {
    await client.send(['DEL', name])
  },
  async expired (client, name) {
    await client.send(['PEXPIRE', name, 1])
    await eventually(async () => await client.send(['EXISTS', name]) === 0, 'it has expired')
  }
}
