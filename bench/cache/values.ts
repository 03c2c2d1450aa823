/** A hundred bytes, none of them shared with another string. */
export async function stringOf (key: string): Promise<string> {
  return Buffer.from(`value of ${key} `.padEnd(100, '.')).toString('latin1')
}

/** What a row of a database or an API's answer looks like. */
export interface Patient {
  id: string
  name: string
  age: number
  ward: string
  bed: number
  active: boolean
  admitted: string
  discharged: null
  note: string
  medication: Array<{ name: string, dose: number }>
}

export async function objectOf (key: string): Promise<Patient> {
  return {
    id: key,
    name: `Patient ${key}`,
    age: 42,
    ward: 'cardiology',
    bed: 7,
    active: true,
    admitted: '2026-01-02T03:04:05.678Z',
    discharged: null,
    note: `see the file of ${key}`,
    medication: [{ name: 'aspirin', dose: 100 }, { name: 'ramipril', dose: 5 }]
  }
}

/** Text of that many bytes, as JSON of a list has it: alike in its structure, unlike in its data. */
export function textOf (bytes: number): string {
  let text = ''
  for (let seed = 1; text.length < bytes; seed = seed * 48_271 % 2_147_483_647) text += `{"id":"${seed.toString(36)}","name":"Patient ${seed}","age":${seed % 90}},`
  return text.slice(0, bytes)
}
