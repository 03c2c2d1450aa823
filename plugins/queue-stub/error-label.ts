const MAX_LENGTH = 64

/** The code or the name of whatever was thrown, for a log: its message may quote a job's data. Never throws. */
export function errorLabel (error: unknown): string {
  try {
    const { code, name } = Object(error) as { code?: unknown, name?: unknown }
    const label = [code, name].find(text => typeof text === 'string') ?? typeof error
    return String(label).slice(0, MAX_LENGTH)
  } catch {
    // A getter that throws, or a revoked proxy.
    return typeof error
  }
}
