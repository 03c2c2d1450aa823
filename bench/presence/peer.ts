import type { Contestant, Endpoint, Party } from './contestant.ts'
import type { Command, Layout, Seat, Send } from './layouts/layout.ts'
import { PEERS_SHARE, TIMES } from './setting.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** A layout as a contestant. It is granted one request for all that a process sends in one turn, and one timer for all its users. */
export function peer (layout: Layout): Contestant {
  return {
    name: layout.name,
    share: PEERS_SHARE,
    open: async (endpoint, clock) => {
      const send = sender(endpoint)
      await layout.prepare?.(send)
      return openParty(layout, send, clock)
    }
  }
}

function openParty (layout: Layout, send: Send, clock: VirtualClock): Party {
  const seats = new Map<string, Seat>()
  let queue: Command[] = []
  let cancel: () => void

  const push = (commands: Command[]): void => {
    if (queue.length === 0 && commands.length > 0) queueMicrotask(flush)
    queue.push(...commands)
  }
  const flush = (): void => {
    const commands = queue
    queue = []
    send(commands)   // nobody catches: a refusal ends the bench: its figures would be of nothing
  }
  const beat = (): void => {
    push(layout.beat([...seats.values()], clock.now()))
    cancel = clock.after(TIMES.beat, beat)
  }
  cancel = clock.after(TIMES.beat, beat)

  return {
    join: (userId, room) => {
      seats.set(`${room}:${userId}`, { userId, room })
      push(layout.join({ userId, room }, clock.now()))
    },
    leave: (userId, room) => {
      seats.delete(`${room}:${userId}`)
      push(layout.leave({ userId, room }))
    },
    list: room => layout.list(room, clock.now(), send),
    close: async () => cancel()
  }
}

function sender ({ url, token }: Endpoint): Send {
  return async commands => {
    const reply = await fetch(`${url}/pipeline`, { method: 'POST', headers: { authorization: `Bearer ${token}` }, body: JSON.stringify(commands) })
    const outcomes = await reply.json() as Array<{ result?: unknown, error?: string }>
    const failed = outcomes.find(({ error }) => error !== undefined)
    if (failed !== undefined) throw new Error(`Redis refused a command: ${failed.error}`)
    return outcomes.map(({ result }) => result)
  }
}
