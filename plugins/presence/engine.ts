import type { Entry } from './occupancy.ts'
import type { Connection, CustomStatus, MemberCount, MemberList, PresenceEvent, PresenceStats, UserPresence, WatchOptions } from './interface.ts'

/** An implementation of presence as it is behind the checks: rooms are named, and what it is given is as the interface says. */
export interface Engine {
  readonly enabled: boolean
  open (entry: Entry, signal: AbortSignal | undefined): Connection
  list (room: string): Promise<MemberList>
  count (room: string): Promise<MemberCount>
  users (userIds: readonly string[], room: string): Promise<Map<string, UserPresence>>
  setCustomStatus (userId: string, status: CustomStatus | null): Promise<boolean>
  signal (room: string, userId: string, name: string): Promise<boolean>
  watch (room: string, options: WatchOptions): AsyncIterable<PresenceEvent>
  stats (): PresenceStats
  endWatches (): void
  close (): Promise<void>
}
