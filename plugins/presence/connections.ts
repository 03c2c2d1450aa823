import { randomUUID } from 'node:crypto'
import { onAbort } from './abort.ts'
import { checkMeta, checkStatus, checkUpdate } from './checks.ts'
import { PresenceClosedError } from './errors.ts'
import type { Connection, ConnectionUpdate } from './interface.ts'
import type { LocalState } from './local-state.ts'
import type { Entry } from './occupancy.ts'

/** What the owners of connections hold of them. */
export class Connections {
  readonly #state: LocalState
  // What lets go of the signal of each open connection that has one.
  readonly #signals = new Set<() => void>()
  #ended = false

  constructor (state: LocalState) {
    this.#state = state
  }

  /** The connection's methods need no `this`, so that they can be handlers of events. */
  open (entry: Entry, signal: AbortSignal | undefined): Connection {
    if (this.#ended) throw new PresenceClosedError()
    // Its owner has gone before anybody could see it: to say that it came would make a ghost for the length of the grace.
    let open = signal?.aborted !== true
    let release = (): void => {}
    const close = (): void => {
      if (open && !this.#ended) this.#state.close(entry)
      open = false
      release()
    }
    if (open) this.#state.open(entry)
    if (open && signal !== undefined) release = this.#closeOnAbort(signal, close)
    return Object.freeze({
      id: randomUUID(),
      update: (changes: ConnectionUpdate) => {
        const checked = this.#check(entry, changes)
        // A message that arrives after its socket closed is ordinary.
        if (open && !this.#ended) this.#state.update(entry, checked)
      },
      close
    } satisfies Connection)
  }

  /** From now on none can be opened, and what is done to those that are open does nothing. */
  end (): void {
    this.#ended = true
    for (const release of this.#signals) release()
  }

  #closeOnAbort (signal: AbortSignal, close: () => void): () => void {
    const cancel = onAbort(signal, close)
    const release = (): void => {
      cancel()
      this.#signals.delete(release)
    }
    this.#signals.add(release)
    return release
  }

  #check (entry: Entry, changes: ConnectionUpdate): Pick<Entry, 'status' | 'meta'> {
    checkUpdate(changes)
    const { status = entry.status, meta } = changes
    checkStatus('update', status)
    return { status, meta: meta === undefined ? entry.meta : checkMeta('update', meta) }
  }
}
