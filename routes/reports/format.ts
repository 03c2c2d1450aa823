import type { Row } from '../../example/queries/reports.ts'

export interface ReportContent {
  readonly kind: string
  readonly month: string
  /** When the database was asked. */
  readonly readAt: string
  readonly columns: readonly string[]
  readonly rows: readonly Row[]
}

/** Rows that make a chunk of the reply: the text of the whole is never in memory, and the process answers others in between. */
const CHUNK = 200

/** Text of the report as an object whose last member are the rows. */
export function * asJson ({ rows, columns, ...head }: ReportContent): Generator<string> {
  yield `${JSON.stringify(head).slice(0, -1)},"rows":[`
  for (let at = 0; at < rows.length; at += CHUNK) yield (at === 0 ? '' : ',') + rows.slice(at, at + CHUNK).map(row => JSON.stringify(row)).join(',')
  yield ']}'
}

/** Text of the report as RFC 4180 says, its columns' names first. */
export function * asCsv ({ rows, columns }: ReportContent): Generator<string> {
  yield `${columns.join(',')}\r\n`
  for (let at = 0; at < rows.length; at += CHUNK) {
    yield rows.slice(at, at + CHUNK).map(row => `${columns.map(column => csvField(row[column])).join(',')}\r\n`).join('')
  }
}

export function csvField (value: string | number | undefined): string {
  if (typeof value === 'number') return String(value)
  // A text that begins so is a formula for spreadsheets.
  const text = String(value ?? '').replace(/^[=+\-@＝＋－＠\t\r\n]/, "'$&")
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
