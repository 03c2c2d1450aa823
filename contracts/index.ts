export { cacheContract, type CacheContractOptions, type CacheSubject } from './cache.ts'
export type { ContractCase } from './contract-case.ts'
