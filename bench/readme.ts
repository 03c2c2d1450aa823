import { readFile, writeFile } from 'node:fs/promises'

/** Another one, to try a bench without changing what is told of it. */
const { BENCH_PAGE } = process.env
const README = BENCH_PAGE ?? new URL('README.md', import.meta.url)

/** Puts a text between the markers of that name, `<!-- NAME -->` and `<!-- /NAME -->`. */
export async function rewrite (name: string, text: string): Promise<void> {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const page = await readFile(README, 'utf8')
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`bench/README.md has no markers ${begin} and ${end}`)
  await writeFile(README, `${page.slice(0, from + begin.length)}\n${text}\n${page.slice(to)}`)
}
