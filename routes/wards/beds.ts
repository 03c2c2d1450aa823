/** A ward, as the table of a database would have it. */
export interface Ward { id: string, name: string, beds: number, free: number }

const WARDS = new Map<string, Ward>([
  ['cardiology', { id: 'cardiology', name: 'Cardiology', beds: 24, free: 3 }],
  ['paediatrics', { id: 'paediatrics', name: 'Paediatrics', beds: 18, free: 7 }]
])

/** By user: the wards that he follows. */
const FOLLOWED = new Map<string, Set<string>>()

export async function findWards (): Promise<Ward[]> {
  return [...WARDS.values()].map(ward => ({ ...ward }))
}

/** Undefined for a ward that is not there. */
export async function setFree (id: string, free: number): Promise<Ward | undefined> {
  const ward = WARDS.get(id)
  if (ward === undefined) return undefined
  ward.free = Math.min(free, ward.beds)
  return { ...ward }
}

export async function follow (userId: string, id: string): Promise<void> {
  FOLLOWED.set(userId, (FOLLOWED.get(userId) ?? new Set()).add(id))
}

export async function followedBy (userId: string): Promise<Ward[]> {
  return (await findWards()).filter(({ id }) => FOLLOWED.get(userId)?.has(id) === true)
}

/** Row by row, as a cursor of a database gives them. */
export async function * wardRows (): AsyncGenerator<string> {
  yield 'id,name,beds,free\n'
  for (const { id, name, beds, free } of await findWards()) yield `${id},${name},${beds},${free}\n`
}
