import type { Test } from 'tap'
import type { LocalUpstash } from '../../../local/index.ts'
import type { UpstashClient } from '../../../plugins/upstash-client/index.ts'
import { startClient } from '../../client.ts'
import type { Random } from '../../random.ts'
import { PausableClock } from './pausable-clock.ts'
import { turn } from './presence.ts'
import { startUpstash, type StartedPresence } from './upstash.ts'
import { Weather, type Fate } from './weather.ts'

export const LEASE = 2400
export const BEAT = 600
const OPTIONS = { grace: 0, window: 50, beat: BEAT, backlog: 100_000 }
/** No request is too slow for its client, however slow the machine: those that are given up are the weather's. */
const CLIENT = { timeLimit: 100_000, breakerThreshold: 1_000_000, backoffInitial: 5, backoffMax: 200 }
/** Takes so many milliseconds from what is left of each lease. */
const AGE = "for _, node in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do redis.call('ZINCRBY', KEYS[1], -ARGV[1], node) end"

/** A process with a clock of its own, behind weather of its own. */
export interface Inhabitant { readonly started: StartedPresence, readonly clock: PausableClock, readonly weather: Weather }

/** The time of processes, of what is on its way between them and Redis, and of leases. It goes by as the test says, as fast as the machine can. */
export class World {
  readonly #t: Test
  readonly #local: LocalUpstash
  readonly #random: Random
  readonly #redis: UpstashClient
  readonly #clocks: PausableClock[] = []
  readonly #weathers: Weather[] = []

  constructor (t: Test, local: LocalUpstash, random: Random, redis: UpstashClient) {
    this.#t = t
    this.#local = local
    this.#random = random
    this.#redis = redis
  }

  /** How many requests met with each fate. */
  get met (): Record<Fate, number> {
    const sum = (fate: Fate) => this.#weathers.reduce((count, { met }) => count + met[fate], 0)
    return { passed: sum('passed'), slow: sum('slow'), stuck: sum('stuck'), late: sum('late'), unanswered: sum('unanswered'), twice: sum('twice'), refused: sum('refused') }
  }

  async startProcess (lease: number): Promise<Inhabitant> {
    const clock = this.#clock(this.#random.below(180_000) - 90_000)
    const weather = new Weather(this.#local, { random: this.#random, short: BEAT / 2, long: LEASE })
    await weather.open()
    this.#weathers.push(weather)
    const started = await startUpstash(this.#t, weather, { ...OPTIONS, lease, clock }, CLIENT)
    // Before its app closes, which would wait for what the weather holds.
    this.#t.after(() => weather.cut())
    return { started, clock, weather }
  }

  /** A process that lives as long as the test, without weather. */
  async observer (): Promise<StartedPresence> {
    return await startUpstash(this.#t, this.#local, { ...OPTIONS, lease: LEASE, clock: this.#clock(0) })
  }

  /** So many milliseconds go by, and then all that nothing holds up is answered: a slow machine does not end leases that a fast one keeps. */
  async pass (ms: number): Promise<void> {
    // Redis's own clock cannot be moved, but each lease can end that much sooner.
    await this.#redis.send(['EVAL', AGE, 1, 'presence:n', ms])
    for (const weather of this.#weathers) weather.pass(ms)
    for (const clock of this.#clocks) clock.pass(ms)
    do await turn()
    while (this.#weathers.some(({ isBusy }) => isBusy))
  }

  /** Lets time go by until an answer is as expected. */
  async until<T> (ask: () => Promise<T> | T, isRight: (answer: T) => boolean): Promise<void> {
    while (!isRight(await ask())) await this.pass(BEAT / 4)
  }

  /** Resolves when all has arrived that was sent before. */
  async calm (): Promise<void> {
    await this.streamsAreBack()
    for (const weather of this.#weathers) weather.calm()
    await this.until(() => this.#weathers, weathers => weathers.every(({ isEmpty }) => isEmpty))
  }

  /** Those of each process with some luck, as if nothing had happened; none can be opened for now. */
  async endStreams (): Promise<void> {
    await this.#local.faults.set([{ kind: 'status', status: 500, command: 'subscribe' }, { kind: 'end-streams', probability: 0.5 }])
  }

  async streamsAreBack (): Promise<void> {
    await this.#local.faults.set(null)
  }

  #clock (skew: number): PausableClock {
    const clock = new PausableClock(Date.now() + skew)
    this.#clocks.push(clock)
    return clock
  }
}

export async function startWorld (t: Test, local: LocalUpstash, random: Random): Promise<World> {
  const { client } = await startClient(t, local)
  return new World(t, local, random, client)
}
