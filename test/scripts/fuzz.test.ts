import { test } from 'tap'
import { readOptions } from '../../scripts/fuzz/options.ts'
import { runScript } from './run-script.ts'

const NAMES = ['replies', 'keys']
const MISTAKES: Array<[args: string[], mend: string]> = [
  [['--seconds', '0'], 'give --seconds a number above 0, 86400 at most'],
  [['--seconds', 'long'], 'give --seconds a number above 0, 86400 at most'],
  [['--seed', ''], 'give --seed a whole number that a failure named, below 2147483648'],
  [['--seed', '4294967296'], 'give --seed a whole number that a failure named, below 2147483648'],
  [['--target', 'keys', '--target', 'key'], 'no such target: key; there are replies, keys'],
  [['--path', '1:x', '--target', 'keys'], 'give --path the numbers that a failure named, such as 12:0:3'],
  [['--path', '1:0', '--seed', '5'], '--path is of one target and seed: give its --target and --seed as well'],
  [['--path', '1:0', '--target', 'keys'], '--path is of one target and seed: give its --target and --seed as well'],
  [['--second', '5'], 'usage: npm run fuzz -- [--seconds N] [--target NAME]... [--seed N] [--path N:N:N]'],
  [['keys'], 'usage: npm run fuzz -- [--seconds N] [--target NAME]... [--seed N] [--path N:N:N]']
]

test('a wrong option of fuzz is told with its mend', async t => {
  for (const [args, message] of MISTAKES) t.throws(() => readOptions(args, NAMES), { message }, args.join(' '))
})

test('without options fuzz plays all targets for a minute, with another seed each time', async t => {
  const [one, other] = [readOptions([], NAMES), readOptions([], NAMES)]
  t.match(one, { seconds: 60, targets: NAMES, path: undefined })
  t.not(one.seed, other.seed)
})

test('what a failure told is played again', async t => {
  t.strictSame(readOptions(['--target', 'keys', '--seed', '5', '--path', '3:0:1'], NAMES), { seconds: 60, seed: 5, targets: ['keys'], path: '3:0:1' })
})

test('fuzz plays the target that it is told, counts it, and ends with 1 at a mistake', async t => {
  const [right, wrong] = await Promise.all([runScript('fuzz', ['--target', 'queue', '--seconds', '0.5', '--seed', '7']), runScript('fuzz', ['--target', 'none'])])
  t.match(right.output, /^ok {6}queue\n {8}[1-9]\d* runs, --seed 7\n1 passed, 0 failed\n$/)
  t.equal(right.code, 0)
  t.strictSame(wrong, { code: 1, output: 'no such target: none; there are replies, envelope, keys, presence, queue\n' })
})
