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

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

/** Whether Node would send all of them. */
export function areFields (fields: unknown): fields is ReadonlyArray<readonly [string, FieldValue]> {
  const isValue = (value: unknown) => typeof value === 'string' && VALUE.test(value)
  return Array.isArray(fields) && fields.every(field => Array.isArray(field) && typeof field[0] === 'string' && NAME.test(field[0]) && [field[1]].flat().every(isValue))
}
