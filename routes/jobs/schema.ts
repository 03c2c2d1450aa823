import { Type } from 'typebox'

export const Kind = Type.Object({ kind: Type.Enum(['reminders', 'scheduled-reports', 'exports']) })

export const Headers = Type.Object({
  'idempotency-key': Type.Optional(Type.String({
    pattern: '^[\\x21-\\x7e]{1,256}$',
    description: 'Becomes the id of the job, so that sending again after a failure cannot make a second one'
  }))
})

export const Accepted = Type.Object({
  jobId: Type.String(),
  driver: Type.String({ description: 'What took the job; `inline` means this process, whose end it does not survive' }),
  deduplicated: Type.Boolean({ description: 'A job of this id was there already' })
})

export const JobProblem = Type.Object({
  type: Type.Literal('about:blank'),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  code: Type.Optional(Type.String()),
  reason: Type.Enum(['disabled', 'unavailable', 'too_large', 'unsupported_option', 'unknown']),
  jobId: Type.String({ description: 'To be sent again as the Idempotency-Key' }),
  retryable: Type.Boolean({ description: 'False: it will be refused again until the app is configured otherwise, or the job is another' })
})
