import { readFileSync } from 'node:fs'
import type { Command, Reply, Script, UpstashClient } from '../upstash-client/index.ts'
import { isName } from './checks.ts'
import { readEntry, type StreamEntry } from './entry.ts'
import type { Names } from './names.ts'

export interface StoreOptions {
  /** Milliseconds. */
  readonly lease: number
  /** Entries that the stream keeps. */
  readonly backlog: number
  /** Users who are kept as last seen, and milliseconds for which they are. */
  readonly lastSeen: { readonly users: number, readonly age: number }
  readonly names: Names
  /** The room in which leaving is leaving altogether; undefined where that is each. */
  readonly everywhere: string | undefined
}

/** A user in a batch: what the node says of him, or undefined where it does not hold him; and his custom status, as the script takes it. */
export interface Write { readonly userId: string, readonly part: string | undefined, readonly status: string }
/** A room in a batch. */
export interface RoomWrites { readonly room: string, readonly isLeft: boolean, readonly users: readonly Write[] }

/** A dead node whose rooms are being emptied. */
export interface Dead { readonly grave: string, readonly writer: string, readonly ended: string }

export interface Beat {
  /** Redis's clock, in milliseconds. */
  readonly now: number
  readonly stands: boolean
  readonly dead: readonly string[]
  readonly entries: readonly StreamEntry[]
}

/** Commands that the reap of a room makes: its members, two changes, an entry and its message, last seen and its bound, the note of it. */
const REAP = 9

const script = (name: string): string => readFileSync(new URL(`./scripts/${name}.lua`, import.meta.url), 'utf8')
const SOURCES = { enter: script('enter'), beat: script('beat'), sync: script('sync'), bury: script('bury'), reap: script('reap'), snapshot: script('snapshot'), status: script('status') }

/** What presence asks of Redis. Each call rejects with an `UpstashError`. */
export class PresenceStore {
  readonly #client: UpstashClient
  readonly #options: StoreOptions
  readonly #scripts = new Map<string, Script>()
  /** Of the batches that were sent: each has a number, by which Redis knows one that arrives twice. */
  #batches = 0
  #commands = 0
  #roundTrips = 0

  constructor (client: UpstashClient, options: StoreOptions) {
    this.#client = client
    this.#options = options
  }

  get figures (): { commands: number, roundTrips: number } {
    return { commands: this.#commands, roundTrips: this.#roundTrips }
  }

  async enter (node: string): Promise<Pick<Beat, 'now' | 'dead'>> {
    const { names, lease, lastSeen } = this.#options
    const [now, dead] = await this.#run<[string, string[]]>('enter', [names.nodes, names.roomsOf(node), names.seen], [node, lease, lastSeen.age], 5)
    return { now: Number(now), dead }
  }

  /** `node`: undefined of a process that holds none. `since`: the last event known, where it shall tell those from it on. */
  async beat (node: string | undefined, since: string | undefined): Promise<Beat> {
    const { names, lease, backlog } = this.#options
    const inner = 2 + Number(node !== undefined) + Number(since !== undefined)
    const reply = await this.#run<[string, number, string[], Reply[]]>('beat', [names.nodes, names.events], [node ?? '', lease, since ?? '', backlog + 1], inner)
    const [now, stands, dead, entries] = reply
    return { now: Number(now), stands: stands === 1, dead, entries: readEntries(entries) }
  }

  /** Answers whether the node stands, and so all of it was written, but for rooms whose key somebody else uses. */
  async sync (node: string, rooms: readonly RoomWrites[], isLast: boolean): Promise<{ stands: boolean, refused: RoomWrites[] }> {
    const { names, everywhere } = this.#options
    const keys = [names.nodes, names.roomsOf(node), names.events, names.seen, ...rooms.map(({ room }) => names.room(room))]
    const args = rooms.flatMap(({ room, isLeft, users }) => [
      room, flag(isLeft), flag(everywhere === undefined || room === everywhere), users.length,
      ...users.flatMap(({ userId, part, status }) => [userId, part ?? '', status])
    ])
    const [stands, ...refused] = await this.#run<number[]>('sync', keys, [node, names.channel, ...this.#bounds, flag(isLast), ++this.#batches, ...args], 7 + 3 * rooms.length)
    return { stands: stands === 1, refused: rooms.filter((_, index) => refused.includes(index)) }
  }

  /** Answers when the lease ended, and the rooms of which the grave is to be emptied; undefined where there is nothing to do. */
  async bury (node: string, grave: string, isOwn: boolean): Promise<{ ended: string, rooms: string[] } | undefined> {
    const { names, lease } = this.#options
    const [ended, ...marks] = await this.#run<string[]>('bury', [names.nodes, names.roomsOf(node), names.roomsOf(grave)], [node, grave, lease, flag(isOwn)], 8)
    return ended === undefined ? undefined : { ended, rooms: marks.filter(mark => mark.startsWith(':')).map(room => room.slice(1)) }
  }

  /**
   * Empties some rooms, in one request. `writer`: the id under which the dead node wrote; `ended`: when its lease did. The first of all
   * is sent by `reapFirst`, after which Redis knows the script.
   */
  async reap (dead: Dead, rooms: readonly string[]): Promise<void> {
    const { sha1 } = this.#script('reap')
    const commands = rooms.map((room): Command => {
      const { keys, args } = this.#reaping(dead, room)
      return ['EVALSHA', sha1, keys.length, ...keys, ...args]
    })
    const results = await this.#count((1 + REAP) * rooms.length, async () => await this.#client.batch(commands, { idempotent: true }))
    for (const result of results) if (!result.ok) throw result.error
  }

  async reapFirst (dead: Dead, room: string): Promise<void> {
    const { keys, args } = this.#reaping(dead, room)
    await this.#run('reap', keys, args, REAP)
  }

  async forget (grave: string): Promise<void> {
    const { names } = this.#options
    await this.#count(2, async () => await this.#client.batch([['ZREM', names.nodes, grave], ['UNLINK', names.roomsOf(grave)]], { idempotent: true }))
  }

  /** Fields and values of a room's hash. */
  async members (room: string): Promise<Map<string, string>> {
    return pairs(await this.#count(1, async () => await this.#client.send<string[]>(['HGETALL', this.#options.names.room(room)])))
  }

  async count (room: string): Promise<number> {
    return await this.#count(1, async () => await this.#client.send<number>(['HLEN', this.#options.names.room(room)]))
  }

  /** Of each user his field, and when he was last seen, in milliseconds of Redis's clock. */
  async users (room: string, userIds: readonly string[]): Promise<Array<{ text: string | null, seen: number | null }>> {
    const { names } = this.#options
    const results = await this.#count(2, async () => await this.#client.batch([['HMGET', names.room(room), ...userIds], ['ZMSCORE', names.seen, ...userIds]]))
    const [texts, scores] = results.map(result => {
      if (!result.ok) throw result.error
      return result.value as Array<string | null>
    })
    return userIds.map((_, index) => {
      const [text = null, seen = null] = [texts?.[index], scores?.[index]]
      return { text, seen: seen === null ? null : timeOf(seen) }
    })
  }

  /** A room, and the entry up to which this is its state. */
  async snapshot (room: string): Promise<{ last: string, fields: Map<string, string> }> {
    const { names } = this.#options
    const [last, fields] = await this.#run<[string, string[]]>('snapshot', [names.room(room), names.events], [], 2)
    return { last, fields: pairs(fields) }
  }

  /** Entries from one on, itself included; one more than the stream keeps at most. */
  async entries (since: string): Promise<StreamEntry[]> {
    const { names, backlog } = this.#options
    return readEntries(await this.#count(1, async () => await this.#client.send<Reply[]>(['XRANGE', names.events, since, '+', 'COUNT', backlog + 1])))
  }

  /** Answers whether the user is in any of the rooms. */
  async setStatus (userId: string, status: string | undefined, rooms: readonly string[]): Promise<boolean> {
    const { names, backlog } = this.#options
    const keys = [names.events, ...rooms.map(room => names.room(room))]
    const [found] = await this.#run<[number]>('status', keys, [names.channel, backlog, userId, status ?? '', ...rooms], 2 + 2 * rooms.length)
    return Number(found) > 0
  }

  async publish (message: string): Promise<void> {
    await this.#count(1, async () => await this.#client.send(['PUBLISH', this.#options.names.channel, message]))
  }

  #reaping ({ grave, writer, ended }: Dead, room: string): { keys: string[], args: Array<string | number> } {
    const { names, everywhere } = this.#options
    return {
      keys: [names.roomsOf(grave), names.events, names.seen, names.room(room)],
      args: [writer, names.channel, ...this.#bounds, room, flag(everywhere === undefined || room === everywhere), ended]
    }
  }

  get #bounds (): [backlog: number, users: number] {
    return [this.#options.backlog, this.#options.lastSeen.users]
  }

  /** `inner`: the most commands that the run makes in Redis. */
  async #run<T> (name: keyof typeof SOURCES, keys: readonly string[], args: ReadonlyArray<string | number>, inner: number): Promise<T> {
    return await this.#count(1 + inner, async () => await this.#script(name).run<Reply>(keys, args, { innerCalls: inner })) as T
  }

  #script (name: keyof typeof SOURCES): Script {
    const script = this.#scripts.get(name) ?? this.#client.script(SOURCES[name])
    this.#scripts.set(name, script)
    return script
  }

  async #count<T> (commands: number, send: () => Promise<T>): Promise<T> {
    this.#commands += commands
    this.#roundTrips++
    return await send()
  }
}

function flag (is: boolean): '1' | '' {
  return is ? '1' : ''
}

/** Users and their fields. Nobody is called what no user may be called. */
function pairs (list: readonly string[]): Map<string, string> {
  const fields = Array.from({ length: list.length / 2 }, (_, index): [string, string] => {
    const [name = '', value = ''] = list.slice(2 * index, 2 * index + 2)
    return [name, value]
  })
  return new Map(fields.filter(([userId]) => isName(userId)))
}

/** Null for a score that is no time. */
function timeOf (score: string): number | null {
  const time = Number(score)
  return Number.isSafeInteger(time) && time >= 0 ? time : null
}

/** As XRANGE gives them: id, then names and values. Of what is no entry of ours the place counts, from which one goes on. */
function readEntries (reply: readonly Reply[]): StreamEntry[] {
  return reply.map(entry => {
    const [id, [, text] = []] = entry as [string, string[]]
    return readEntry(id, text) ?? { id, changes: [] }
  })
}
