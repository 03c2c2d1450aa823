import { Report } from './report.ts'
import { envelope } from './fuzz/envelope.ts'
import { keys } from './fuzz/keys.ts'
import { readOptions, type FuzzOptions } from './fuzz/options.ts'
import { presence } from './fuzz/presence.ts'
import { queue } from './fuzz/queue.ts'
import { replies } from './fuzz/replies.ts'
import type { Target } from './fuzz/target.ts'

// What comes from outside, drawn at random for a time: replies, entries, keys, what lies beside presence, jobs. What breaks a promise
// is made as small as it goes, and told with the command that repeats it.

const TARGETS: readonly Target[] = [replies, envelope, keys, presence, queue]

function optionsOrExit (): FuzzOptions {
  try {
    return readOptions(process.argv.slice(2), TARGETS.map(({ name }) => name))
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exit(1)
  }
}

const { seconds, seed, targets, path } = optionsOrExit()
const report = new Report()
for (const target of TARGETS.filter(({ name }) => targets.includes(name))) {
  let runs = 0
  await report.check(target.name, async () => {
    const finding = await target.run({ seed, seconds: seconds / targets.length, path })
    runs = finding.runs
    if (finding.failure === undefined) return
    const { path: found, counterexample, error } = finding.failure
    throw new Error(`npm run fuzz -- --target ${target.name} --seed ${seed} --path ${found}\n${counterexample}\n${error instanceof Error ? error.stack : String(error)}`)
  })
  report.note(`${runs} runs, --seed ${seed}`)
}
process.exitCode = report.close()
