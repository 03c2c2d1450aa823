/** Stands for the table of a database: what users may do. */
const RIGHTS = new Map([
  ['ada', new Set(['patients:read', 'patients:write', 'reports:read'])],
  ['ben', new Set(['patients:read'])]
])

/** Undefined for a user who is not known. */
export async function rightsOf (userId: string): Promise<string[] | undefined> {
  const rights = RIGHTS.get(userId)
  return rights === undefined ? undefined : [...rights].sort()
}

export async function revoke (userId: string, right: string): Promise<void> {
  RIGHTS.get(userId)?.delete(right)
}

export async function grant (userId: string, right: string): Promise<void> {
  RIGHTS.get(userId)?.add(right)
}
