import { Counter, Gauge, Registry } from 'prom-client'

/** A figure; or several, each with the values of the metric's labels. */
export type Reading = number | ReadonlyArray<readonly [labels: readonly string[], value: number]>

/** Metrics that are read when they are asked for: what the plugins count already is not counted twice. */
export class Readings {
  readonly registry = new Registry()

  /** What only grows for as long as the process lives. */
  counter (name: string, help: string, read: () => Reading, labelNames: readonly string[] = []): void {
    this.#add(Counter, `${name}_total`, help, read, labelNames)
  }

  gauge (name: string, help: string, read: () => Reading, labelNames: readonly string[] = []): void {
    this.#add(Gauge, name, help, read, labelNames)
  }

  #add (Metric: typeof Counter | typeof Gauge, name: string, help: string, read: () => Reading, labelNames: readonly string[]): void {
    this.registry.registerMetric(new Metric({
      name: `fastify_upstash_${name}`,
      help,
      labelNames: [...labelNames],
      registers: [],
      collect () {
        this.reset()
        const reading = read()
        const samples = typeof reading === 'number' ? [[[], reading] as const] : reading
        for (const [labels, value] of samples) this.inc(Object.fromEntries(labels.map((label, index) => [labelNames[index], label])), value)
      }
    }))
  }
}

/** One sample for each name in a record of figures. */
export function each (figures: Readonly<Record<string, number>>): Reading {
  return Object.entries(figures).map(([name, value]) => [[name], value])
}

/** One for each of the states: 1 for the one that is, 0 for the others. */
export function oneOf (states: readonly string[], state: string): Reading {
  return states.map(name => [[name], name === state ? 1 : 0])
}
