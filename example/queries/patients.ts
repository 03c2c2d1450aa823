import type { Query } from '../database/index.ts'

export interface PatientRow {
  readonly id: number
  readonly name: string
  /** Year, month and day: a Date would be of some time zone. */
  readonly born: string
  readonly phone: string
}

const COLUMNS = 'id, name, born::text as born, phone'
// As the column has it; a parameter would have the server's.
const COLLATION = '"und-x-icu"'
// `strpos` takes the text as it is, where `like` would find signs in it.
const FOUND = `workspace = $1 and ($2 = '' or strpos(lower(name), lower($2 collate ${COLLATION})) > 0)`

/** Of a workspace, a part of the name, a number of rows and how many to leave out before. */
export const listPatients: Query<PatientRow> = {
  name: 'list patients',
  cache: 'query',
  text: `select ${COLUMNS} from clinic.patients where ${FOUND} order by name, id limit $3 offset $4`
}

/** Of a workspace and a part of the name. */
export const countPatients: Query<{ total: number }> = {
  name: 'count patients',
  cache: 'query',
  // PGlite and pg differ in what they make of a bigint.
  text: `select count(*)::integer as total from clinic.patients where ${FOUND}`
}

/** Of a workspace and an id. */
export const onePatient: Query<PatientRow> = {
  name: 'one patient',
  cache: 'query',
  text: `select ${COLUMNS} from clinic.patients where workspace = $1 and id = $2`
}

/** Of a workspace, a name, a day of birth and a telephone number. */
export const insertPatient: Query<PatientRow> = {
  name: 'insert patient',
  text: `insert into clinic.patients (workspace, name, born, phone) values ($1, $2, $3::date, $4) returning ${COLUMNS}`
}

/** Of a workspace, an id, and what is to change; null leaves it. No row where there is no such patient. */
export const updatePatient: Query<PatientRow> = {
  name: 'update patient',
  text: `
    update clinic.patients set name = coalesce($3, name), born = coalesce($4::date, born), phone = coalesce($5, phone)
    where workspace = $1 and id = $2 returning ${COLUMNS}`
}
