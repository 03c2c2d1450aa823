import { contractCases, type ContractCase } from './contract-case.ts'
import { inTime, PATIENCE } from './expect.ts'
import { Reader, type Bench, type PresenceUnderTest } from './presence/bench.ts'
import { members } from './presence/members.ts'
import { statuses } from './presence/statuses.ts'
import { watches } from './presence/watches.ts'

export type { PresenceUnderTest } from './presence/bench.ts'

export interface PresenceContractOptions {
  /** Called once for each case. */
  create (): Promise<PresenceUnderTest>
  /** Whether it knows the connections of all processes, and so may say `offline` and `complete`. Default false. */
  knowsOthers?: boolean | undefined
  /** Milliseconds within which each awaited event has to come, or the case fails; default 10,000. */
  patience?: number | undefined
}

/**
 * The promises of `Presence`. Cases wait for events alone and for each before they go on, so they hold as well where what is done
 * travels in batches.
 */
export function presenceContract ({ create, knowsOthers = false, patience = PATIENCE }: PresenceContractOptions): ContractCase[] {
  return contractCases<Bench>({
    cases: [...members, ...statuses, ...watches],
    create: async () => {
      const underTest = await create()
      const controller = new AbortController()
      const reader = (room: string, lastEventId?: string) =>
        new Reader(underTest.presence.watch(room, { signal: controller.signal, lastEventId }), patience)
      const watch = async (room: string, lastEventId?: string) => {
        const begun = reader(room, lastEventId)
        await begun.next()
        return begun
      }
      const close = async () => {
        controller.abort()
        await inTime(underTest.close(), 'the close', patience)
      }
      return { subject: { ...underTest, knowsOthers, absent: knowsOthers ? 'offline' : 'unknown', controller, reader, watch }, close }
    }
  })
}
