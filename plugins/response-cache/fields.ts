export type FieldValue = string | readonly string[]

/** Fields of a message, names in lower case. */
export type Fields = Readonly<Record<string, FieldValue>>

/** As Fastify has them: numbers become what is sent. */
export function toFields (headers: Readonly<Record<string, number | string | string[] | undefined>>): Record<string, FieldValue> {
  const fields: Record<string, FieldValue> = {}
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined) fields[name.toLowerCase()] = Array.isArray(value) ? value.map(String) : String(value)
  }
  return fields
}

/** All lines of a field as one: RFC 9110 §5.3. */
export function lineOf (value: FieldValue | undefined): string | undefined {
  return value === undefined || typeof value === 'string' ? value : value.join(', ')
}

/** The members of a list; a comma in quotes parts none. */
export function listOf (value: FieldValue | undefined): string[] {
  const members = (lineOf(value) ?? '').match(/(?:"(?:[^"\\]|\\.)*"|[^,])+/g) ?? []
  return members.map(member => member.trim()).filter(member => member !== '')
}

/** The names in a list such as Vary or Connection, in lower case, each once. */
export function namesIn (value: FieldValue | undefined): string[] {
  return [...new Set(listOf(value).map(name => name.toLowerCase()))]
}
