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

/** The members of a list; a comma in quotes parts none. In one pass: clients choose what stands in it. */
export function listOf (value: FieldValue | undefined): string[] {
  const line = lineOf(value) ?? ''
  const members = line.includes('"') ? splitQuoted(line) : line.split(',')
  return members.map(member => member.trim()).filter(member => member !== '')
}

function splitQuoted (line: string): string[] {
  const members: string[] = []
  let start = 0
  let isQuoted = false
  for (let at = 0; at < line.length; at++) {
    if (line[at] === '"') isQuoted = !isQuoted
    else if (isQuoted && line[at] === '\\') at++
    else if (!isQuoted && line[at] === ',') {
      members.push(line.slice(start, at))
      start = at + 1
    }
  }
  const last = line.slice(start)
  // A quote that nobody closed hides nothing.
  return [...members, ...(isQuoted ? last.split(',') : [last])]
}

/** The names in a list such as Vary or Connection, in lower case, each once. */
export function namesIn (value: FieldValue | undefined): string[] {
  return [...new Set(listOf(value).map(name => name.toLowerCase()))]
}
