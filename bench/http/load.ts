import autocannon from 'autocannon'

// `load.ts URL SECONDS`: 50 connections, in a process of its own. Prints what was measured.

export interface Measured {
  /** A second. */
  readonly requests: number
  /** Milliseconds. */
  readonly p99: number
  readonly failed: number
}

const [url = '', seconds = ''] = process.argv.slice(2)
const { requests, duration, latency, non2xx, errors, timeouts } = await autocannon({ url, connections: 50, duration: Number(seconds) })
console.log(JSON.stringify({ requests: requests.total / duration, p99: latency.p99, failed: non2xx + errors + timeouts } satisfies Measured))
