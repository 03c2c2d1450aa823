import { runParts } from '../parts.ts'

// Runs the parts that are asked for, all by default, and writes what they print into bench/README.md, or what `BENCH_PAGE` names.
await runParts('bench:presence', { a: 'prices.ts', b: 'latency.ts', c: 'large-room.ts' }, new URL('.', import.meta.url))
