import type { PresenceStats } from './interface.ts'

export type CountedWatches = Pick<PresenceStats, 'watches' | 'events' | 'signals' | 'snapshots' | 'dropped'>

/** What is counted of watches since the start. */
export class WatchFigures {
  readonly events = { join: 0, leave: 0, update: 0 }
  readonly snapshots = { total: 0, resent: 0 }
  signals = 0
  watches = 0
  resumed = 0
  dropped = 0

  /** As `stats()` has them, beside how many watches are open now. */
  of (open: number): CountedWatches {
    const { watches: total, resumed, events, signals, snapshots, dropped } = this
    return {
      watches: Object.freeze({ open, total, resumed }),
      events: Object.freeze({ ...events }),
      signals,
      snapshots: Object.freeze({ ...snapshots }),
      dropped
    }
  }
}
