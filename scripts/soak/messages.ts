import type { Invalidation, Read, Written } from '../../test/cache-model.ts'

/** What a process of the soak is told when it is started. */
export interface Assignment {
  readonly name: string
  readonly seed: number
  readonly url: string
  readonly token: string
  /** Seconds, of all its namespaces. */
  readonly staleness: number
  /** Milliseconds between two looks at the memory. */
  readonly sampleEvery: number
}

export interface Figures {
  readonly operations: number
  readonly failures: readonly string[]
  /** Milliseconds. */
  readonly slowest: number
  readonly stats: Readonly<Record<string, number>>
}

export type FromProcess =
  | { readonly tell: 'read' | 'write', readonly call: number, readonly ids: readonly string[] }
  | { readonly tell: 'invalidated', readonly invalidation: Invalidation }
  | { readonly tell: 'saw', readonly read: Read }
  | { readonly tell: 'delivered', readonly at: number }
  | { readonly tell: 'heap', readonly bytes: number }
  | { readonly tell: 'ended', readonly figures: Figures }

export type ToProcess =
  | { readonly tell: 'answer', readonly call: number, readonly version?: number, readonly written?: Written }
  | { readonly tell: 'stop' }
