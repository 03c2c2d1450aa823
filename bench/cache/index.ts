import { installApart } from '../../scripts/install-apart.ts'
import { runParts } from '../parts.ts'

// Runs the parts that are asked for, all by default, and writes what they print into bench/README.md.

await installApart(new URL('../', import.meta.url))
await runParts('bench:cache', { a: 'memory-hits.ts', b: 'prices.ts', c: 'redis-hits.ts', d: 'heap.ts' }, new URL('.', import.meta.url))
