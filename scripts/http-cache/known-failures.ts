/** Required tests that fail for a reason, by id. Who mends one removes it here, and the command says so. */
export const knownFailures: Readonly<Record<string, string>> = {}
