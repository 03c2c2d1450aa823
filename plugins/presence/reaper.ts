import { randomBytes } from 'node:crypto'
import type { PresenceStore } from './store.ts'

/** Rooms that are emptied by one request. */
const ROOMS = 50

/**
 * Takes the dead out of their rooms. Those of others beside all else, since a process that has a large one to reap has to go on to beat and to
 * write. What is cut short is found again: a dead one by the next beat, a grave when its lease is over, by whoever looks then.
 */
export class Reaper {
  readonly #store: PresenceStore
  readonly #dead = new Set<string>()
  /** Ids of this process that were given up, whose last write may arrive yet; and the grave of each, the same however often it is tried. */
  readonly #own = new Map<string, string>()
  #running: Promise<void> | undefined
  #isClosed = false

  constructor (store: PresenceStore) {
    this.#store = store
  }

  /** Begins to reap nodes of others. */
  add (nodes: Iterable<string>): void {
    for (const node of nodes) this.#dead.add(node)
    this.#running ??= this.#reapAll().finally(() => { this.#running = undefined })
  }

  /** Resolves when nothing is left to reap. */
  async settled (): Promise<void> {
    await this.#running
  }

  /** Notes a node of this process, whose lease need not be over. */
  giveUp (node: string): void {
    this.#own.set(node, graveOf(node))
  }

  /** Reaps those. Rejects where Redis could not be asked. */
  async reapOwn (): Promise<void> {
    for (const [node, grave] of this.#own) {
      await this.#reap(node, grave, true)
      this.#own.delete(node)
    }
  }

  /** Leaves the rest to others. Resolves when the request that is under way has been answered. */
  async close (): Promise<void> {
    this.#isClosed = true
    this.#dead.clear()
    await this.#running
  }

  async #reapAll (): Promise<void> {
    for (const node of this.#dead) {
      this.#dead.delete(node)
      await this.#reap(node, graveOf(node), false).catch(() => {})
    }
  }

  async #reap (node: string, grave: string, isOwn: boolean): Promise<void> {
    const isOver = () => this.#isClosed && !isOwn
    const buried = await this.#store.bury(node, grave, isOwn)
    if (buried === undefined) return
    const { ended, rooms: [first, ...rooms] } = buried
    const dead = { grave, writer: writerOf(node), ended }
    if (first !== undefined && !isOver()) await this.#store.reapFirst(dead, first)
    while (rooms.length > 0 && !isOver()) await this.#store.reap(dead, rooms.splice(0, ROOMS))
    if (!isOver()) await this.#store.forget(grave)
  }
}

/** The id under which a node wrote: a grave is a node as well. */
function writerOf (node: string): string {
  const [writer = ''] = node.split('~')
  return writer
}

function graveOf (node: string): string {
  return `${writerOf(node)}~${randomBytes(9).toString('hex')}`
}
