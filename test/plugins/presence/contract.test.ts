import { test } from 'tap'
import { presenceContract, type PresenceUnderTest } from '../../../contracts/presence.ts'
import type { ContractCase } from '../../../contracts/contract-case.ts'
import { createLocalPresence, type CustomStatus, type ClosablePresence, type LocalPresenceOptions, type Presence, type WatchOptions } from '../../../plugins/presence/index.ts'

const BACKLOG = 8

async function create (options: LocalPresenceOptions = {}): Promise<PresenceUnderTest & { presence: ClosablePresence }> {
  const presence = createLocalPresence({ grace: 20, backlog: BACKLOG, ...options })
  return { presence, backlog: BACKLOG, close: async () => presence.close() }
}

for (const { name, run } of presenceContract({ create })) test(`local presence keeps the contract: ${name}`, async t => { await t.resolves(run()) })

/** The implementation with some of its methods broken. */
async function broken (breakage: (presence: ClosablePresence) => Partial<Presence>, options?: LocalPresenceOptions): Promise<PresenceUnderTest> {
  const subject = await create(options)
  const { presence } = subject
  const methods = ['connect', 'list', 'count', 'get', 'getMany', 'setCustomStatus', 'signal', 'watch', 'stats'] as const
  const whole = Object.fromEntries(methods.map(name => [name, presence[name].bind(presence)]))
  return { ...subject, presence: { enabled: false, ...whole, ...breakage(presence) } as Presence }
}

const forgiving = { signal: new AbortController().signal }

const BREAKAGES: Array<[what: string, found: RegExp, make: () => Promise<PresenceUnderTest>]> = [
  ['guesses offline', /no more is said than is known/, async () => await broken(presence => ({
    get: async (...args) => ({ ...await presence.get(...args), ...((await presence.get(...args)).state === 'unknown' && { state: 'offline' }) })
  }))],
  ['keeps signals to itself', /a signal reaches/, async () => await broken(() => ({ signal: async () => true }))],
  ['claims to be complete', /for whom it speaks/, async () => await broken(presence => ({ list: async room => ({ ...await presence.list(room), complete: true }) }))],
  ['shows who is invisible', /an invisible user looks/, async () => await broken(presence => ({
    connect: ({ status, ...rest }) => presence.connect({ ...rest, status: status === 'invisible' ? 'away' : status })
  }))],
  ['has no grace', /a reload within the grace/, async () => await create({ grace: 0 })],
  ['leaves out *', /present in his room and everywhere/, async () => await create({ everywhere: false })],
  ['never lets anybody leave', /after the grace of the last, one leave/, async () => await broken(presence => ({
    connect: connection => ({ ...presence.connect(connection), close: () => {} })
  }))],
  ['takes each tab for a user', /are one join/, async () => {
    let n = 0
    return await broken(presence => ({ connect: ({ userId, ...rest }) => presence.connect({ userId: `${userId}${n++ === 0 ? '' : n}`, ...rest }) }))
  }],
  ['gives all connections one id', /are one join/, async () => await broken(presence => ({ connect: connection => ({ ...presence.connect(connection), id: 'id' }) }))],
  ['does not heed the signal of a connection', /closes when its signal aborts/, async () => await broken(presence => ({
    connect: ({ signal, ...rest }) => presence.connect(rest)
  }))],
  ['shows who was gone before he came', /has aborted already is never seen/, async () => await broken(presence => ({
    connect: ({ signal, ...rest }) => {
      const connection = presence.connect(rest)
      if (signal?.aborted) connection.close()
      else signal?.addEventListener('abort', connection.close, { once: true })
      return connection
    }
  }))],
  ['listens to the signal of a closed connection', /closes when its signal aborts/, async () => await broken(presence => ({
    connect: connection => {
      connection.signal?.addEventListener('abort', () => {}, { once: true })
      return presence.connect(connection)
    }
  }))],
  ['lets the grace show who is invisible', /leaves before his grace/, async () => await broken(presence => ({
    // As another user, he ends no grace.
    connect: ({ userId, status, ...rest }) => presence.connect({ userId: status === 'invisible' ? `hidden ${userId}` : userId, status, ...rest })
  }))],
  ['has a grace beside an invisible connection', /beside an invisible/, async () => await broken(presence => ({
    connect: ({ userId, status, ...rest }) => presence.connect({ userId: status === 'invisible' ? `hidden ${userId}` : userId, status, ...rest })
  }))],
  ['refuses -0', /-0/, async () => await broken(presence => ({
    connect: connection => presence.connect(JSON.stringify(connection.meta) === '{"x":0}' ? { ...connection, meta: NaN } : connection)
  }))],
  ['keeps custom statuses for ever', /goes with its user/, async () => {
    const statuses = new Map<string, CustomStatus | null>()
    return await broken(presence => ({
      setCustomStatus: async (userId, status) => { statuses.set(userId, status); return await presence.setCustomStatus(userId, status) },
      get: async (userId, room) => ({ ...await presence.get(userId, room), customStatus: statuses.get(userId) ?? { text: 'none' } })
    }))
  }],
  ['takes what is misspelt', /mistakes are told/, async () => await broken(presence => ({
    connect: given => presence.connect(Object(given).rooms === undefined ? given : { userId: given.userId })
  }))],
  ['keeps meta by reference', /meta is copied/, async () => {
    let meta: unknown
    return await broken(presence => ({
      connect: connection => { meta ??= connection.meta; return presence.connect(connection) },
      list: async room => {
        const list = await presence.list(room)
        return { ...list, members: list.members.map(member => ({ ...member, meta: meta as never })) }
      }
    }))
  }],
  ['forgets custom statuses', /is shown and told/, async () => await broken(() => ({ setCustomStatus: async () => true }))],
  ['never ends a custom status', /that expires/, async () => await broken(presence => ({
    setCustomStatus: async (userId, status) => await presence.setCustomStatus(userId, status && { ...status, expiresAt: undefined })
  }))],
  ['checks nothing', /mistakes are told/, async () => await broken(presence => ({ get: async userId => await presence.get(String(userId).slice(0, 9) || 'x').catch(async () => await presence.get('x')) }))],
  ['repeats what it was given', /mistakes are told/, async () => await broken(presence => ({
    connect: connection => { try { return presence.connect(connection) } catch (error) { (error as Error).message += connection.meta; throw error } }
  }))],
  ['begins without a snapshot', /a watch is a snapshot/, async () => await broken(presence => ({
    watch: (room, options) => ({
      [Symbol.asyncIterator]: () => {
        const iterator = presence.watch(room, options)[Symbol.asyncIterator]()
        const first = iterator.next()
        return { next: async () => { await first; return await iterator.next() }, return: async () => await iterator.return?.() ?? { done: true, value: undefined } }
      }
    })
  }))],
  ['tells of all rooms', /a watch is a snapshot/, async () => await broken(presence => ({ watch: (room, options) => presence.watch(room.slice(0, 0) || '*', options) }))],
  ['forgets where a reader was', /comes back with the last id/, async () => await broken(presence => ({ watch: (room, { signal }) => presence.watch(room, { signal }) }))],
  ['takes any id for one of its own', /an id that means nothing/, async () => {
    let id: string | undefined
    return await broken(presence => ({
      watch: (room, { signal, lastEventId }) => ({
        [Symbol.asyncIterator]: () => {
          const iterator = presence.watch(room, { signal, lastEventId: lastEventId === undefined ? undefined : id })[Symbol.asyncIterator]()
          return { next: async () => { const result = await iterator.next(); id = result.value?.id; return result }, return: async () => await iterator.return?.() ?? { done: true, value: undefined } }
        }
      })
    }))
  }],
  ['takes the id of any room', /an id of another room/, async () => await broken(presence => ({
    watch: (room, { signal, ...rest }) => presence.watch(rest.lastEventId === undefined ? room : 'chat', { signal, ...rest })
  }))],
  ['lets everything wait for a slow reader', /a slow reader gets/, async () => await create({ backlog: 1000 })],
  ['does not heed the signal', /a watch ends when its signal aborts/, async () => await broken(presence => ({
    watch: (room, options: WatchOptions) => presence.watch(room, 'signal' in options ? { ...options, ...forgiving } : options)
  }))],
  ['cannot be left', /when it is left/, async () => await broken(presence => ({
    watch: (room, options) => ({
      [Symbol.asyncIterator]: () => {
        const iterator = presence.watch(room, options)[Symbol.asyncIterator]()
        return { next: async () => await iterator.next(), return: async () => ({ done: true, value: undefined }) }
      }
    })
  }))],
  ['lets watches live on', /when the implementation is closed/, async () => ({ ...await create(), close: async () => {} })],
  ['counts wrong', /its figures/, async () => await broken(presence => ({ stats: () => ({ ...presence.stats(), users: 0 }) }))],
  ['makes one user busy for ever', /events laid onto/, async () => await broken(presence => ({
    list: async room => {
      const list = await presence.list(room)
      return { ...list, members: list.members.map(member => ({ ...member, state: 'busy' })) }
    }
  }))]
]

test('what the next ones break is whole without their breakage', async t => {
  for (const { name, run } of presenceContract({ create: async () => await broken(() => ({})) })) await t.resolves(run(), name)
})

for (const [what, found, make] of BREAKAGES) {
  test(`an implementation that ${what} breaks the contract`, async t => {
    const suspects = presenceContract({ create: make, patience: 300 }).filter(({ name }: ContractCase) => found.test(name))
    t.equal(suspects.length, 1)
    for (const { run } of suspects) await t.rejects(run(), { code: /^(ERR_ASSERTION|FST_PRESENCE_\w+)$/ })
  })
}

test('an implementation that says it knows others is held to it', async t => {
  const cases = presenceContract({ create, knowsOthers: true }).filter(({ name }) => /for whom it speaks|than is known/.test(name))
  t.equal(cases.length, 2)
  for (const { run } of cases) await t.rejects(run(), { code: 'ERR_ASSERTION' })
})

test('each case closes what it was given, also where it fails', async t => {
  const given: ClosablePresence[] = []
  const collecting = async () => {
    const subject = await create()
    given.push(subject.presence)
    return subject
  }
  for (const knowsOthers of [false, true]) {
    const [first] = presenceContract({ create: collecting, knowsOthers })
    t.equal(await first!.run().then(() => 'kept', () => 'broken'), knowsOthers ? 'broken' : 'kept')
  }
  t.equal(given.length, 2)
  for (const presence of given) t.throws(() => presence.connect({ userId: 'ann' }), { code: 'FST_PRESENCE_CLOSED' })
})
