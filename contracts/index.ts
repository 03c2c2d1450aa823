export { cacheContract, type CacheContractOptions, type CacheSubject } from './cache.ts'
export type { ContractCase } from './contract-case.ts'
export { presenceContract, type PresenceContractOptions, type PresenceUnderTest } from './presence.ts'
export { queueContract, type QueueContractOptions } from './queue.ts'
