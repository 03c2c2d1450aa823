import type { Query } from '../database/index.ts'

export type Row = Readonly<Record<string, string | number>>

/** A kind of report: what it is made of, its columns, and its rows of a workspace from a time on and before another. */
export interface Report extends Query<Row> {
  readonly of: 'visits' | 'prescriptions'
  readonly columns: readonly string[]
}

const WHEN = "to_char(at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI\"Z\"') as at"
const OF = 'where workspace = $1 and at >= $2::timestamptz and at < $3::timestamptz'

// Patients by their number: who may read reports need not know names, and a new name leaves a report as it is.
export const REPORTS = {
  visits: {
    name: 'report of visits',
    cache: 'report',
    of: 'visits',
    columns: ['id', 'at', 'patient', 'clinician', 'diagnosis', 'minutes'],
    text: `select id, ${WHEN}, patient_id as patient, clinician, diagnosis, minutes from clinic.visits v ${OF} order by v.at, id`
  },
  prescriptions: {
    name: 'report of prescriptions',
    cache: 'report',
    of: 'prescriptions',
    columns: ['id', 'at', 'patient', 'clinician', 'drug', 'days'],
    text: `select id, ${WHEN}, patient_id as patient, clinician, drug, days from clinic.prescriptions p ${OF} order by p.at, id`
  },
  activity: {
    name: 'report of activity',
    cache: 'report',
    of: 'visits',
    columns: ['day', 'clinician', 'visits', 'minutes'],
    text: `
      select (at at time zone 'UTC')::date::text as day, clinician, count(*)::integer as visits, sum(minutes)::integer as minutes
      from clinic.visits ${OF} group by day, clinician order by day, clinician`
  }
} as const satisfies Record<string, Report>

export type ReportKind = keyof typeof REPORTS
