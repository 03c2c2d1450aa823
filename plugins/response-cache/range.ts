import { parseHttpDate } from './http-date.ts'

/** The part of a body that a request asks for; `unsatisfiable` where there is no such part. */
export type Part = { readonly start: number, readonly end: number } | 'unsatisfiable'

/** A single range of bytes; undefined for all else, which may be answered with the whole: RFC 9110 §14.2. `end` is not part of it. */
export function partOf (range: string, length: number): Part | undefined {
  const [, first = '', last = ''] = /^bytes[\t ]*=[\t ]*(\d*)-(\d*)[\t ]*$/i.exec(range) ?? []
  if (first === '' && last === '') return undefined
  if (first === '') return Number(last) === 0 || length === 0 ? 'unsatisfiable' : { start: Math.max(0, length - Number(last)), end: length }
  if (last !== '' && Number(last) < Number(first)) return undefined
  if (Number(first) >= length) return 'unsatisfiable'
  return { start: Number(first), end: last === '' ? length : Math.min(length, Number(last) + 1) }
}

/** Whether If-Range admits a part: only for exactly the same bytes, so by a strong validator alone: RFC 9110 §13.1.5. */
export function admitsPart (ifRange: string | undefined, { etag, lastModified, date, now }: { etag: string | undefined, lastModified: string | undefined, date: string | undefined, now: number }): boolean {
  if (ifRange === undefined) return true
  if (ifRange.startsWith('"')) return ifRange === etag
  if (ifRange.startsWith('W/')) return false
  // A date is strong where it is well before that of the reply, §8.8.2.2.
  const [modified, sent] = [lastModified, date].map(text => text === undefined ? undefined : parseHttpDate(text, now))
  return ifRange === lastModified && modified !== undefined && sent !== undefined && sent - modified >= 1000
}
