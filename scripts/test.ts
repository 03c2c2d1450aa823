import { runTap } from './run-tap.ts'

// All tests on the embedded backend: whatever Redis the shell knows of is not theirs.
delete process.env['REDIS_URL']
process.exitCode = await runTap({ args: process.argv.slice(2) })
