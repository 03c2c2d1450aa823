import autocannon from 'autocannon'
import { setTimeout as delay } from 'node:timers/promises'
import type { Surroundings } from './steps.ts'
import type { Judgement, Visitor } from './visitor.ts'

/** How long it took what was answered within a time, in milliseconds, by step. */
export class Phase {
  readonly times = new Map<string, number[]>()

  add (step: string, ms: number): void {
    const times = this.times.get(step)
    if (times === undefined) this.times.set(step, [ms])
    else times.push(ms)
  }

  get all (): number[] {
    return [...this.times.values()].flat()
  }
}

/** Seconds after which a request counts as lost: more than its calls of Redis may take one after another, on a busy machine too. */
const LOST = 20
const FOREVER = 3_600

/** Visitors who ask one thing after another, each over a connection of his own, until they are stopped. */
export class Load {
  /** What was wrong with replies, or that there were none. */
  readonly problems: string[] = []
  readonly #visitors: readonly Visitor[]
  readonly #running: autocannon.Instance
  #stopped = (): void => {}
  #phase = new Phase()
  #resting = false
  readonly #rested = new Set<Visitor>()

  constructor (url: string, visitors: readonly Visitor[], surroundings: Surroundings) {
    this.#visitors = visitors
    const [...arriving] = visitors
    for (const visitor of visitors) visitor.arrive()
    let judged: Judgement
    this.#running = autocannon({
      url,
      connections: visitors.length,
      duration: FOREVER,
      timeout: LOST,
      sampleInt: 50,
      setupClient: client => {
        const visitor = arriving.pop()
        if (visitor === undefined) throw new Error('more connections than visitors')
        client.setRequests([{
          setupRequest: defaults => {
            if (this.#resting) this.#rested.add(visitor)
            const { request, unanswered } = visitor.next(surroundings, this.#resting)
            if (unanswered !== undefined) this.problems.push(`${unanswered}: no answer`)
            return { ...defaults, ...request }
          },
          onResponse: (status, body) => { judged = visitor.took({ status, body }, surroundings) }
        }])
      }
    }, () => this.#stopped())
    // Comes at once after the reply was judged.
    this.#running.on('response', (_client, _status, _bytes, ms) => {
      this.#phase.add(judged.step, ms)
      if (judged.problem !== undefined) this.problems.push(judged.problem)
    })
  }

  /** Begins another phase, into which goes what is answered from now on, and answers it. */
  begin (): Phase {
    this.#phase = new Phase()
    return this.#phase
  }

  /** All that changes something is answered by then. */
  async stop (): Promise<void> {
    this.#resting = true
    while (this.#rested.size < this.#visitors.length) await delay(10)
    await new Promise<void>(resolve => {
      this.#stopped = resolve
      this.#running.stop()
    })
  }
}
