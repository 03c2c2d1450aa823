import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'

export interface FuzzOptions {
  /** For all targets together. */
  readonly seconds: number
  /** The same draws the same values. */
  readonly seed: number
  readonly targets: readonly string[]
  /** Of a counterexample that was found before. */
  readonly path: string | undefined
}

/** Throws for what cannot be meant, with the mend. */
export function readOptions (args: readonly string[], names: readonly string[]): FuzzOptions {
  const values = parsed(args, names)
  const [seconds, seed] = [values.seconds, values.seed ?? randomInt(2 ** 31)].map(Number) as [number, number]
  if (!(seconds > 0 && seconds <= 86_400)) throw new Error('give --seconds a number above 0, 86400 at most')
  // What fast-check takes for another seed otherwise.
  if (values.seed?.trim() === '' || !Number.isInteger(seed) || seed < 0 || seed >= 2 ** 31) throw new Error('give --seed a whole number that a failure named, below 2147483648')
  const unknown = values.target.filter(name => !names.includes(name))
  if (unknown.length > 0) throw new Error(`no such target: ${unknown.join(', ')}; there are ${names.join(', ')}`)
  const { path } = values
  if (path !== undefined && !/^\d+(:\d+)*$/.test(path)) throw new Error('give --path the numbers that a failure named, such as 12:0:3')
  if (path !== undefined && (values.seed === undefined || new Set(values.target).size !== 1)) throw new Error('--path is of one target and seed: give its --target and --seed as well')
  return { seconds, seed, targets: names.filter(name => values.target.includes(name)), path }
}

function parsed (args: readonly string[], names: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        seconds: { type: 'string', default: '60' },
        seed: { type: 'string' },
        target: { type: 'string', multiple: true, default: [...names] },
        path: { type: 'string' }
      }
    }).values
  } catch (error) {
    throw new Error('usage: npm run fuzz -- [--seconds N] [--target NAME]... [--seed N] [--path N:N:N]', { cause: error })
  }
}
