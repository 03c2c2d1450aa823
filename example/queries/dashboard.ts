import type { Query } from '../database/index.ts'

/** Of a workspace: the 90 days that end with its last visit, whole ones in UTC. */
export const visitsPerDay: Query<{ day: string, visits: number }> = {
  name: 'visits per day',
  cache: 'aggregation',
  text: `
    select (at at time zone 'UTC')::date::text as day, count(*)::integer as visits from clinic.visits
    where workspace = $1 and at >= (select ((max(at) at time zone 'UTC')::date - 89)::timestamp at time zone 'UTC' from clinic.visits where workspace = $1)
    group by day order by day`
}

/** Of a workspace. */
export const topDiagnoses: Query<{ diagnosis: string, visits: number, patients: number }> = {
  name: 'top diagnoses',
  cache: 'aggregation',
  text: `
    select diagnosis, count(*)::integer as visits, count(distinct patient_id)::integer as patients from clinic.visits
    where workspace = $1 group by diagnosis order by visits desc, diagnosis limit 8`
}

/** Of a workspace. */
export const loadPerClinician: Query<{ clinician: string, visits: number, minutes: number, patients: number }> = {
  name: 'load per clinician',
  cache: 'aggregation',
  text: `
    select clinician, count(*)::integer as visits, sum(minutes)::integer as minutes, count(distinct patient_id)::integer as patients
    from clinic.visits where workspace = $1 group by clinician order by visits desc, clinician`
}
