import type { VirtualClock } from './virtual-clock.ts'

export interface Endpoint { readonly url: string, readonly token: string }

export interface Contestant {
  readonly name: string
  /** Part of an hour that is driven; the figures are multiplied. */
  readonly share: number
  /** A process of its own, as far as Redis can see. */
  open (endpoint: Endpoint, clock: VirtualClock): Promise<Party>
}

/** One of the processes that keep presence together. */
export interface Party {
  join (userId: string, room: string): void
  leave (userId: string, room: string): void
  /** How many users are found; undefined where this process can speak for itself alone. */
  list (room: string): Promise<number | undefined>
  /** Has the room's events told to this process from now on; missing where there are none. */
  watch? (room: string): void
  close (): Promise<void>
}
