import { test } from 'tap'

interface Words { ago (time: number, now?: number): string, typingText (names: string[]): string }
interface Point { readonly time: number, readonly rate: number }
interface Figures {
  readonly Rates: new () => { readonly points: Point[], read (counter: number, time: number): number | undefined }
  paths (points: Point[], box: { width: number, height: number, now: number }): { top: number, line: string, area: string }
}
const load = async (name: string): Promise<unknown> => await import(new URL(`../../public/${name}`, import.meta.url).href)
const { ago, typingText } = await load('words.js') as Words
const { Rates, paths } = await load('rates.js') as Figures

test('a time is told by how long ago it was, and never in the future', async t => {
  const minute = 60_000
  for (const [before, text] of [[-minute, 'just now'], [0, 'just now'], [minute, '1 minute ago'], [40 * minute, '40 minutes ago'], [90 * minute, '2 hours ago'], [24 * 60 * minute, 'yesterday']] as const) {
    t.equal(ago(1e12 - before, 1e12), text)
  }
  t.equal(ago(Date.now()), 'just now')
})

test('who types is told by name, up to two', async t => {
  t.same([[], ['Ann'], ['Ann', 'Bob'], ['Ann', 'Bob', 'Cleo']].map(typingText), ['', 'Ann is typing…', 'Ann and Bob are typing…', 'Several people are typing…'])
})

test('a counter becomes commands a minute, and one that starts anew makes no spike', async t => {
  const rates = new Rates()
  t.equal(rates.read(100, 0), undefined)
  t.equal(rates.read(110, 30_000), 20)
  t.equal(rates.read(5, 33_000), undefined, 'restarted')
  t.equal(rates.read(6, 33_000), undefined, 'no time went by')
  t.equal(rates.read(8, 93_000), 2)
  for (let n = 1; n <= 10; n++) rates.read(8, 93_000 + n * 60_000)
  t.ok(rates.points.every(({ time }) => time >= 93_000 + 5 * 60_000), 'older than the chart is wide')
})

test('the line goes from left to right, higher where more was billed', async t => {
  t.same(paths([], { width: 300, height: 80, now: 0 }), { top: 10, line: '', area: '' })
  const drawn = paths([{ time: 0, rate: 0 }, { time: 300_000, rate: 50 }], { width: 300, height: 80, now: 300_000 })
  t.same(drawn, { top: 50, line: 'M0.0 78.0L300.0 4.0', area: 'M0.0 78.0L300.0 4.0L300.0 80L0.0 80Z' })
})
