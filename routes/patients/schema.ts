import { Type } from 'typebox'
import { LINE, NAME } from '../../example/line.ts'
import { servedHeaders } from '../../example/served.ts'

const fields = {
  name: Type.String({ maxLength: 100, pattern: NAME }),
  // The format alone would take the year 0000, which PostgreSQL does not have.
  born: Type.String({ format: 'date', pattern: '^(18|19|20)', description: 'Year, month and day' }),
  phone: Type.String({ maxLength: 40, pattern: LINE })
}

const Id = Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 })
const ReadAt = Type.String({ format: 'date-time', description: 'When the database was asked' })

export const Params = Type.Object({ id: Id })

export const Listing = Type.Object({
  search: Type.String({ default: '', maxLength: 100, pattern: LINE, description: 'A part of the name' }),
  page: Type.Integer({ default: 1, minimum: 1, maximum: 10_000 })
}, { additionalProperties: false })

export const NewPatient = Type.Object(fields, { additionalProperties: false })
export const Changes = Type.Partial(Type.Object(fields), { additionalProperties: false, minProperties: 1 })

const Patient = Type.Object({ id: Id, ...fields })

export const PatientReply = { ...Type.Object({ patient: Patient, readAt: ReadAt }), headers: servedHeaders }

export const PatientsReply = {
  ...Type.Object({
    patients: Type.Array(Patient, { description: 'By name, 20 a page' }),
    page: Type.Integer(),
    pages: Type.Integer(),
    total: Type.Integer(),
    readAt: ReadAt
  }),
  headers: servedHeaders
}

export const Written = Type.Object({
  patient: Patient,
  invalidated: Type.Object({
    tags: Type.Array(Type.String(), { description: 'What carries one of these is read from the database the next time' }),
    seenEverywhere: Type.Boolean({
      description: 'Whether every instance obeys: this one from its next read, the others within 5 seconds; false where Redis could not be told yet: it will be, and until then others may answer what they have in the cache'
    })
  })
})
