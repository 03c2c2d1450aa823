import { runTap } from './run-tap.ts'

// All tests on the embedded backends: whatever Redis or PostgreSQL the shell knows of is not theirs.
delete process.env['REDIS_URL']
delete process.env['POSTGRES_URL']
process.exitCode = await runTap({ args: process.argv.slice(2) })
