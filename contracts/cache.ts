import { badArguments } from './cache/bad-arguments.ts'
import { invalidation } from './cache/invalidation.ts'
import { keys } from './cache/keys.ts'
import { loads } from './cache/loads.ts'
import { looks } from './cache/looks.ts'
import { namespaces } from './cache/namespaces.ts'
import type { CacheSubject } from './cache/subject.ts'
import { values } from './cache/values.ts'
import { contractCases, type ContractCase } from './contract-case.ts'

export type { CacheSubject } from './cache/subject.ts'

export interface CacheContractOptions {
  /** Makes a cache for one case, which asks for keys of its own and so needs no empty one. */
  create (): Promise<CacheSubject>
}

/**
 * What every implementation of `Cache` keeps. One whose `enabled` is false must keep nothing; apart from that the same
 * holds for it.
 */
export function cacheContract ({ create }: CacheContractOptions): ContractCase[] {
  return contractCases({
    cases: [...values, ...keys, ...loads, ...looks, ...invalidation, ...namespaces, ...badArguments],
    create: async () => {
      const { cache: subject, close } = await create()
      return { subject, close }
    }
  })
}
