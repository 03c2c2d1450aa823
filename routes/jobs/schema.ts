import { Type } from 'typebox'

export const Headers = Type.Object({
  'idempotency-key': Type.Optional(Type.String({
    pattern: '^[\\x21-\\x7e]{1,256}$',
    description: 'Becomes the id of the job, so that sending again after a failure cannot make a second one'
  }))
})

export const Accepted = Type.Object({
  accepted: Type.Literal(true),
  jobId: Type.String(),
  driver: Type.String({ description: 'What took the job; `inline` means this process, whose end it does not survive' }),
  deduplicated: Type.Boolean({ description: 'A job of this id was there already' }),
  runAt: Type.Optional(Type.Number({ description: 'When it will run, in milliseconds since 1970, if not at once' }))
})

export const JobProblem = Type.Object({
  type: Type.Literal('about:blank'),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  code: Type.Optional(Type.String()),
  reason: Type.Enum(['disabled', 'unavailable', 'too_large', 'unsupported_option', 'unknown', 'invalid_data']),
  retry: Type.Enum(['soon', 'later', 'never'], {
    description: 'soon: send the same again after Retry-After; later: not by itself, and never before Retry-After, since the app has to be configured otherwise first; never: only another job can be accepted'
  }),
  jobId: Type.Optional(Type.String({ description: 'To be sent again as the Idempotency-Key; missing where there is no job to speak of' }))
})
