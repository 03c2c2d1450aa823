import { badArguments } from './cache/bad-arguments.ts'
import { keys } from './cache/keys.ts'
import { loads } from './cache/loads.ts'
import { namespaces } from './cache/namespaces.ts'
import type { CacheCase, CacheSubject } from './cache/subject.ts'
import { values } from './cache/values.ts'
import type { ContractCase } from './contract-case.ts'

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
  const cases: CacheCase[] = [...values, ...keys, ...loads, ...namespaces, ...badArguments]
  return cases.map(({ name, check }) => ({
    name,
    async run () {
      const { cache, close } = await create()
      try {
        await check(cache)
      } finally {
        await close?.()
      }
    }
  }))
}
