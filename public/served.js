/** By the tier that Server-Timing names: what it is called, and whether that is good news. */
const TIERS = {
  memory: { kind: 'hit', words: 'Memory', means: 'Answered from the memory of this server process, without a command to Redis.' },
  redis: { kind: 'hit', words: 'Redis', means: 'Answered from Redis; from now on this server process has it in memory.' },
  stale: { kind: 'stale', words: 'Stale', means: 'Past its time, answered at once; it is gathered anew in the background.' },
  loader: { kind: 'miss', words: 'Database', means: 'Not in the cache: the database was asked.' },
  joined: { kind: 'miss', words: 'Database, shared', means: 'Not in the cache: answered with what another request was asking the database for.' },
  unknown: { kind: 'unknown', words: 'Unknown', means: 'The reply does not tell how it was come by.' }
}

/** How a reply was served, by its Cache-Status and Server-Timing; its age by the server's clock alone, since the browser's may differ. */
export function readServed (headers, readAt) {
  const status = headers.get('cache-status') ?? ''
  const timing = headers.get('server-timing') ?? ''
  const named = /\bcache;desc="?(\w+)/.exec(timing)?.[1]
  const tier = TIERS[named] ?? TIERS.unknown
  const bypass = status.includes('fwd=bypass')
  const milliseconds = /\bcache;(?:[^,]*;)?dur=([\d.]+)/.exec(timing)?.[1]
  const age = Date.parse(headers.get('date')) - Date.parse(readAt)
  return {
    ...tier,
    ...bypass ? { words: `${tier.words}, no cache`, means: 'There is no cache: the database was asked.' } : {},
    milliseconds: milliseconds === undefined ? undefined : Number(milliseconds),
    // The header has whole seconds, and none is below zero.
    seconds: Number.isNaN(age) ? undefined : Math.max(0, Math.floor(age / 1000)),
    raw: `Cache-Status: ${status}\nServer-Timing: ${timing}`
  }
}
