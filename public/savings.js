/** What each namespace of the cache has of this page. */
export const NAMES = { query: 'Patients', aggregation: 'Dashboard', report: 'Reports', permission: 'Permissions' }

/**
 * What the reads of a process cost the database, and what they would have cost without the cache, by its /status: each read that needed
 * no load of its own is taken to cost what a load of its namespace cost on average, as measured. Where there was no load in this process, nothing
 * was measured, and nothing is claimed. Stale answers are left out, since each may have begun a load in the background.
 */
export function savings ({ plugins, database }) {
  const rows = Object.entries(NAMES).map(([namespace, name]) => {
    const { hits, stale, joined, loads } = plugins.cache.stats.namespaces[namespace]
    const queries = Object.values(database.stats.queries).filter(({ cache }) => cache === namespace)
    const ran = { queries: sum(queries, ({ sent }) => sent), milliseconds: sum(queries, ({ milliseconds }) => milliseconds) }
    const spared = loads === 0 ? 0 : (hits + joined) / loads
    const saved = { queries: spared * ran.queries, milliseconds: spared * ran.milliseconds }
    return { name, reads: hits + stale + joined + loads, fromCache: hits + stale, loads, ran, saved }
  })
  const reads = sum(rows, row => row.reads)
  const [ran, saved] = ['ran', 'saved'].map(cost => ({ queries: sum(rows, row => row[cost].queries), milliseconds: sum(rows, row => row[cost].milliseconds) }))
  return {
    rows,
    reads,
    /** Share of the reads that did not wait for the database; undefined where nothing was read. */
    ratio: reads === 0 ? undefined : sum(rows, row => row.fromCache) / reads,
    with: ran,
    without: { queries: ran.queries + saved.queries, milliseconds: ran.milliseconds + saved.milliseconds }
  }
}

function sum (list, pick) {
  return list.reduce((total, item) => total + pick(item), 0)
}
